import type { Meta, StoryObj } from "@storybook/react-vite"
import { ApiProblem } from "@troupe/api"
import { makePlatform, platforms } from "@/test/fake-connect"
import { failure, inDialog, nothing } from "@/test/story"
import { ConnectForm } from "./connect-form"

const meta = {
  component: ConnectForm,
  args: {
    platform: makePlatform(),
    again: false,
    busy: false,
    error: null,
    typed: undefined,
    onTyped: nothing,
    back: null,
    onSubmit: nothing,
  },
  decorators: [inDialog],
} satisfies Meta<typeof ConnectForm>
export default meta
type Story = StoryObj<typeof meta>

export const Empty: Story = {}
export const BySigningInOnTheNetwork: Story = { args: { platform: platforms[1] } }
export const Typed: Story = { args: { typed: { handle: "ada" } } }
export const Busy: Story = { args: { typed: { handle: "ada" }, busy: true } }
export const Failed: Story = { args: { typed: { handle: "ada" }, error: failure } }
export const FieldRefused: Story = {
  args: {
    typed: { handle: "ada" },
    error: new ApiProblem({
      kind: "validation-failed",
      status: 422,
      title: "wrong",
      errors: [{ pointer: "/fields/handle", code: "unknown-value", detail: "No such person." }],
    }),
  },
}
