import type { Meta, StoryObj } from "@storybook/react-vite"
import type { ClusterNode } from "@troupe/api"
import { failed, full, loading } from "@/test/story"
import { NodeTable } from "./node-table"

const now = Date.parse("2026-06-01T12:00:00Z")
const node: ClusterNode = {
  name: "a",
  incarnation: 4,
  state: "active",
  http_address: "10.0.0.1:8080",
  cluster_address: "10.0.0.1:7000",
  lease_ms: 12000,
  epoch: 7,
  lag_ms: 0,
  version: "0.1.0",
  started_at: "2026-06-01T00:00:00Z",
  lease_until: "2026-06-01T12:00:12Z",
  shards: 40,
  self: true,
}

const meta = {
  component: NodeTable,
  args: {
    of: full([node, { ...node, name: "b", state: "draining", self: false }]),
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
      node,
      {
        ...node,
        name: "c",
        state: "dead",
        self: false,
        lease_until: "2026-06-01T11:00:00Z",
        lease_ms: -3_600_000,
        lag_ms: 3_600_000,
      },
    ]),
  },
}
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
