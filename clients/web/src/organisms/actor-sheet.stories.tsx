import type { Meta, StoryObj } from "@storybook/react-vite"
import { ApiProblem } from "@troupe/api"
import { makeActor } from "@/test/fake-operations"
import { failed, full, loading, nothing } from "@/test/story"
import { ActorSheet } from "./actor-sheet"

const meta = {
  component: ActorSheet,
  args: {
    path: "a/content/1/post:x",
    of: full({
      ...makeActor("a/content/1/post:x", {
        mailbox_depth: 2,
        restarts: 3,
        last_error: "the row changed under its feet",
      }),
      messages: 48_213,
      details: { activations: 12, dispatcher: { due: 4 } },
    }),
    onClose: nothing,
  },
} satisfies Meta<typeof ActorSheet>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
export const AtRest: Story = {
  args: { of: { data: undefined, error: new ApiProblem({ kind: "not-found", status: 404, title: "gone" }) } },
}
