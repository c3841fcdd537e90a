import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeMember } from "@/test/fake-data"
import { done, failed, full, loading, nothing } from "@/test/story"
import { MemberTable } from "./member-table"

const me = makeMember({ display_name: "Ada Lovelace", email: "ada@example.org", role: "owner" })

const meta = {
  component: MemberTable,
  args: {
    of: full([me, makeMember(), makeMember({ display_name: "Mary", role: "viewer" })]),
    workspaceName: "Engines",
    userId: me.user_id,
    role: "owner",
    onChangeRole: nothing,
    onRemove: done,
  },
} satisfies Meta<typeof MemberTable>
export default meta
type Story = StoryObj<typeof meta>

export const ForOwners: Story = {}
export const ForEditors: Story = { args: { role: "editor" } }
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
