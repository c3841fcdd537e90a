import type { Meta, StoryObj } from "@storybook/react-vite"
import { ApiProblem } from "@troupe/api"
import { nothing } from "@/test/story"
import { PasswordForm } from "./password-form"

const meta = {
  component: PasswordForm,
  args: { email: "ada@example.org", busy: false, error: null, done: false, onSubmit: nothing },
} satisfies Meta<typeof PasswordForm>
export default meta
type Story = StoryObj<typeof meta>

export const Empty: Story = {}
export const Busy: Story = { args: { busy: true } }
export const Done: Story = { args: { done: true } }
export const WrongPassword: Story = {
  args: { error: new ApiProblem({ kind: "forbidden", status: 403, title: "wrong" }) },
}
