import type { Meta, StoryObj } from "@storybook/react-vite"
import type { Below } from "@/lib/actor-rows"
import { makeTree } from "@/test/fake-operations"
import { failure, nothing } from "@/test/story"
import { ActorTree } from "./actor-tree"

const below = (): Below | undefined => undefined

const meta = {
  component: ActorTree,
  args: {
    root: makeTree(),
    open: new Set(["a"]),
    onOpen: nothing,
    below,
    onRetry: nothing,
    onPick: nothing,
  },
} satisfies Meta<typeof ActorTree>
export default meta
type Story = StoryObj<typeof meta>

export const Folded: Story = { args: { open: new Set() } }
export const Unfolded: Story = { args: { open: new Set(["a", "a/content"]) } }
export const LoadingBelow: Story = {
  args: { open: new Set(["a", "a/users", "a/users/0"]), below: () => ({ data: undefined, error: null }) },
}
export const FailedBelow: Story = {
  args: { open: new Set(["a", "a/users", "a/users/0"]), below: () => ({ data: undefined, error: failure }) },
}
