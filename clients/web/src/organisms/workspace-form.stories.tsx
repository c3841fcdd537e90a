import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeWorkspace } from "@/test/fake-data"
import { failure, nothing } from "@/test/story"
import { WorkspaceForm } from "./workspace-form"

const meta = {
  component: WorkspaceForm,
  args: { workspace: makeWorkspace(), readOnly: false, busy: false, error: null, onSubmit: nothing },
} satisfies Meta<typeof WorkspaceForm>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const ReadOnly: Story = { args: { readOnly: true } }
export const Busy: Story = { args: { busy: true } }
export const Failed: Story = { args: { error: failure } }
export const ChangedElsewhere: Story = {
  args: { theirs: makeWorkspace({ name: "Difference Engines", version: 2 }), onTakeTheirs: nothing },
}
