import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeInvite } from "@/test/fake-data"
import { failure, nothing } from "@/test/story"
import { InviteDialog } from "./invite-dialog"

const meta = {
  component: InviteDialog,
  args: {
    open: true,
    onOpenChange: nothing,
    busy: false,
    error: null,
    created: undefined,
    onSubmit: nothing,
  },
} satisfies Meta<typeof InviteDialog>
export default meta
type Story = StoryObj<typeof meta>

export const Empty: Story = {}
export const Busy: Story = { args: { busy: true } }
export const Failed: Story = { args: { error: failure } }
export const Created: Story = {
  args: { created: { ...makeInvite(), token: "secret", url: "https://troupe.example.org/invite#secret" } },
}
