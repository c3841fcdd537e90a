import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeUser } from "@/test/fake-data"
import { failure, nothing } from "@/test/story"
import { ProfileForm } from "./profile-form"

const meta = {
  component: ProfileForm,
  args: { user: makeUser(), busy: false, error: null, onSubmit: nothing },
} satisfies Meta<typeof ProfileForm>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const Busy: Story = { args: { busy: true } }
export const Failed: Story = { args: { error: failure } }
export const ChangedElsewhere: Story = {
  args: { theirs: makeUser({ display_name: "Ada King", version: 2 }), onTakeTheirs: nothing },
}
