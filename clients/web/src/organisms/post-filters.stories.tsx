import type { Meta, StoryObj } from "@storybook/react-vite"
import { engines, mill, nothing } from "@/test/story"
import { PostFilters } from "./post-filters"

const meta = {
  component: PostFilters,
  args: { state: "", account: "", accounts: [engines, mill], onState: nothing, onAccount: nothing },
} satisfies Meta<typeof PostFilters>
export default meta
type Story = StoryObj<typeof meta>

export const Everything: Story = {}
export const Filtered: Story = { args: { state: "scheduled", account: mill.id } }
export const NoAccounts: Story = { args: { accounts: [] } }
