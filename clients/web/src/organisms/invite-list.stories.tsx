import type { Meta, StoryObj } from "@storybook/react-vite"
import { Button } from "@/atoms/button"
import { makeInvite } from "@/test/fake-data"
import { done, failed, full, loading } from "@/test/story"
import { InviteList } from "./invite-list"

const meta = {
  component: InviteList,
  args: {
    of: full([makeInvite(), makeInvite({ email: null, role: "viewer" })]),
    action: <Button size="sm">Invite someone</Button>,
    onRevoke: done,
  },
} satisfies Meta<typeof InviteList>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
export const Empty: Story = { args: { of: full([]) } }
