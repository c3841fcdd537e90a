import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeAccount, makeDelivery } from "@/test/fake-data"
import { done, engines } from "@/test/story"
import { DeliveryHelp } from "./delivery-help"

const meta = {
  component: DeliveryHelp,
  args: {
    delivery: makeDelivery({
      state: "failed",
      error: { kind: "permission", detail: "This account may not post links." },
    }),
    account: engines,
    mayEdit: true,
    links: { accounts: "/accounts", edit: "/edit" },
    onAct: done,
  },
} satisfies Meta<typeof DeliveryHelp>
export default meta
type Story = StoryObj<typeof meta>

export const Refused: Story = {}
export const ContentRefused: Story = {
  args: {
    delivery: makeDelivery({
      state: "failed",
      error: { kind: "validation", detail: "Status text is too long." },
    }),
  },
}
export const AccessTakenBack: Story = {
  args: {
    delivery: makeDelivery({
      state: "failed",
      error: { kind: "auth_expired", detail: "The token was revoked." },
    }),
  },
}
export const InDoubt: Story = {
  args: {
    delivery: makeDelivery({
      state: "in_doubt",
      error: { kind: "unknown_outcome", detail: "The answer was cut." },
    }),
  },
}
export const NeedsReview: Story = {
  args: {
    delivery: makeDelivery({
      state: "needs_review",
      error: { kind: "unknown_outcome", detail: "The answer was cut." },
    }),
  },
}
export const NeedsReviewForViewers: Story = {
  args: {
    delivery: makeDelivery({
      state: "needs_review",
      error: { kind: "unknown_outcome", detail: "The answer was cut." },
    }),
    mayEdit: false,
  },
}
export const AccountOutOfService: Story = {
  args: { delivery: makeDelivery(), account: makeAccount({ state: "reconnect_required" }) },
}
