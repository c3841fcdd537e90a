import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeActor } from "@/test/fake-operations"
import { nothing } from "@/test/story"
import { ActorTreeRow } from "./actor-tree-row"

const place = { key: "a", level: 1, position: 1, of: 1, parent: undefined }

const meta = {
  component: ActorTreeRow,
  args: {
    id: "row",
    row: { ...place, kind: "actor", node: makeActor("a/content/3", { children_count: 12 }), open: false },
    top: 0,
    active: false,
    onToggle: nothing,
    onClick: nothing,
  },
  decorators: [
    (Story) => (
      <div role="tree" tabIndex={0} aria-label="Actors" className="relative h-11">
        <Story />
      </div>
    ),
  ],
} satisfies Meta<typeof ActorTreeRow>
export default meta
type Story = StoryObj<typeof meta>

export const Folded: Story = {}
export const Active: Story = { args: { active: true } }
export const Restarted: Story = {
  args: {
    row: {
      ...place,
      kind: "actor",
      node: makeActor("a/content/3", { restarts: 3, last_error: "read timed out" }),
      open: undefined,
    },
  },
}
export const Quarantined: Story = {
  args: {
    row: {
      ...place,
      kind: "actor",
      node: makeActor("a/social/3", { state: "quarantined", restarts: 8 }),
      open: undefined,
    },
  },
}
export const Loading: Story = { args: { row: { ...place, kind: "loading" } } }
export const Failed: Story = { args: { row: { ...place, kind: "failed", path: "a/content/3" } } }
export const More: Story = { args: { row: { ...place, kind: "more", count: 12, what: "shard" } } }
