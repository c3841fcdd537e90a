import type { Meta, StoryObj } from "@storybook/react-vite"
import { ApiProblem } from "@troupe/api"
import { nothing } from "@/test/story"
import { SignInForm } from "./sign-in-form"

const meta = { component: SignInForm, args: { busy: false, error: null, onSubmit: nothing } } satisfies Meta<
  typeof SignInForm
>
export default meta
type Story = StoryObj<typeof meta>

export const Empty: Story = {}
export const KnownAlready: Story = { args: { email: "ada@example.org" } }
export const Busy: Story = { args: { busy: true } }
export const WrongPassword: Story = {
  args: { error: new ApiProblem({ kind: "unauthenticated", status: 401, title: "wrong" }) },
}
export const TooManyTries: Story = {
  args: {
    error: new ApiProblem({ kind: "rate-limited", status: 429, title: "slow down", retryAfterS: 30 }),
  },
}
