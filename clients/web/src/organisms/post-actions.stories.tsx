import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeDelivery, makePost } from "@/test/fake-data"
import { done, nothing } from "@/test/story"
import { PostActions } from "./post-actions"

const meta = {
  component: PostActions,
  args: {
    post: makePost({ deliveries: [makeDelivery({ state: "draft" })] }),
    editLink: "/edit",
    onSchedule: nothing,
    onAct: done,
  },
} satisfies Meta<typeof PostActions>
export default meta
type Story = StoryObj<typeof meta>

export const Draft: Story = {}
export const Scheduled: Story = {
  args: {
    post: makePost({
      state: "scheduled",
      scheduled_at: "2027-07-15T10:00:00Z",
      deliveries: [makeDelivery()],
    }),
  },
}
export const Published: Story = {
  args: { post: makePost({ state: "published", deliveries: [makeDelivery({ state: "published" })] }) },
}
export const Failed: Story = {
  args: { post: makePost({ state: "failed", deliveries: [makeDelivery({ state: "failed" })] }) },
}
