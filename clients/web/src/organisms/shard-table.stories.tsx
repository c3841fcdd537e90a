import type { Meta, StoryObj } from "@storybook/react-vite"
import type { Shard } from "@troupe/api"
import { failed, full, loading } from "@/test/story"
import { ShardTable } from "./shard-table"

const shard = (shard_id: number, owner_node: string | null): Shard => ({
  shard_id,
  owner_node,
  owner_incarnation: owner_node ? 4 : null,
  epoch: 7,
  adoptions: 0,
  changed_at: "2026-06-01T00:00:00Z",
  entities: owner_node === "a" ? 10 : null,
  due: owner_node === "a" ? 3 : null,
})

const meta = {
  component: ShardTable,
  args: { of: full(Array.from({ length: 12 }, (_, id) => shard(id, id < 6 ? "a" : "b"))) },
} satisfies Meta<typeof ShardTable>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const WithoutAnOwner: Story = { args: { of: full([shard(0, "a"), shard(1, null)]) } }
export const ManyPages: Story = { args: { of: full(Array.from({ length: 120 }, (_, id) => shard(id, "a"))) } }
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
