import type { Meta, StoryObj } from "@storybook/react-vite"
import { ago, makeDelivery } from "@/test/fake-data"
import { engines, failed, full, ledger, loading, nothing } from "@/test/story"
import { DeliveryCard } from "./delivery-card"

const meta = {
  component: DeliveryCard,
  args: {
    delivery: makeDelivery({ platform: "mastodon" }),
    account: engines,
    ledger: full(ledger),
    open: false,
    onOpenChange: nothing,
    help: null,
  },
  decorators: [
    (Story) => (
      <ul>
        <Story />
      </ul>
    ),
  ],
} satisfies Meta<typeof DeliveryCard>
export default meta
type Story = StoryObj<typeof meta>

export const Scheduled: Story = {}
export const Published: Story = {
  args: {
    delivery: makeDelivery({
      state: "published",
      published_at: ago(5),
      due_at: ago(5),
      permalink: "https://example.org/1",
      lateness_ms: 42,
    }),
    open: true,
  },
}
export const Sending: Story = { args: { delivery: makeDelivery({ state: "sending", attempt: 1 }) } }
export const Retrying: Story = {
  args: {
    delivery: makeDelivery({
      state: "scheduled",
      attempt: 2,
      next_attempt_at: ago(-2),
      error: { kind: "rate_limited", detail: "Too many requests." },
    }),
  },
}
export const Failed: Story = {
  args: {
    delivery: makeDelivery({
      state: "failed",
      error: { kind: "permission", detail: "This account may not post links." },
    }),
    help: <p>What helps stands here.</p>,
  },
}
export const LedgerLoading: Story = { args: { ledger: loading, open: true } }
export const LedgerFailed: Story = { args: { ledger: failed, open: true } }
export const WithoutAccount: Story = { args: { account: undefined } }
