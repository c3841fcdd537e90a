import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeShard } from "@/test/fake-operations"
import { failed, full, loading } from "@/test/story"
import { ShardTable } from "./shard-table"

const meta = {
  component: ShardTable,
  args: { of: full(Array.from({ length: 12 }, (_, id) => makeShard(id, id < 6 ? "a" : "b"))) },
} satisfies Meta<typeof ShardTable>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const WithoutAnOwner: Story = { args: { of: full([makeShard(0, "a"), makeShard(1, null)]) } }
export const ManyPages: Story = {
  args: { of: full(Array.from({ length: 120 }, (_, id) => makeShard(id, "a"))) },
}
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
