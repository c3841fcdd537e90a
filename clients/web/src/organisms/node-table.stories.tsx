import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeNode } from "@/test/fake-operations"
import { failed, full, loading } from "@/test/story"
import { NodeTable } from "./node-table"

const now = Date.parse("2026-06-01T12:00:00Z")
const meta = {
  component: NodeTable,
  args: {
    of: full([makeNode(), makeNode({ name: "b", state: "draining", self: false })]),
    at: now,
    shards: undefined,
  },
} satisfies Meta<typeof NodeTable>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const DeadNode: Story = {
  args: {
    of: full([
      makeNode(),
      makeNode({
        name: "c",
        state: "dead",
        self: false,
        lease_until: "2026-06-01T11:00:00Z",
        lease_ms: -3_600_000,
        lag_ms: 3_600_000,
      }),
    ]),
  },
}
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
