import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeActor } from "@/test/fake-operations"
import { done, failed, full, loading, nothing } from "@/test/story"
import { QuarantineList } from "./quarantine-list"

const meta = {
  component: QuarantineList,
  args: {
    of: full([makeActor("a/social/3", { state: "quarantined", restarts: 8, last_error: "read timed out" })]),
    loadingMore: false,
    onLift: done,
    onPick: nothing,
  },
} satisfies Meta<typeof QuarantineList>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const MorePages: Story = { args: { onMore: nothing } }
export const LoadingMore: Story = { args: { onMore: nothing, loadingMore: true } }
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
export const Empty: Story = { args: { of: full([]) } }
