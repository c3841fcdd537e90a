import type { Meta, StoryObj } from "@storybook/react-vite"
import { ApiProblem } from "@troupe/api"
import { failure, nothing } from "@/test/story"
import { SignUpForm } from "./sign-up-form"

const meta = { component: SignUpForm, args: { busy: false, error: null, onSubmit: nothing } } satisfies Meta<
  typeof SignUpForm
>
export default meta
type Story = StoryObj<typeof meta>

export const Empty: Story = {}
export const Busy: Story = { args: { busy: true } }
export const Failed: Story = { args: { error: failure } }
export const KnownAddress: Story = {
  args: { error: new ApiProblem({ kind: "already-exists", status: 409, title: "known" }) },
}
