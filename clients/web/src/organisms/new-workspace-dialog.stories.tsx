import type { Meta, StoryObj } from "@storybook/react-vite"
import { failure, nothing } from "@/test/story"
import { NewWorkspaceDialog } from "./new-workspace-dialog"

const meta = {
  component: NewWorkspaceDialog,
  args: { open: true, onOpenChange: nothing, busy: false, error: null, onSubmit: nothing },
} satisfies Meta<typeof NewWorkspaceDialog>
export default meta
type Story = StoryObj<typeof meta>

export const Empty: Story = {}
export const Busy: Story = { args: { busy: true } }
export const Failed: Story = { args: { error: failure } }
