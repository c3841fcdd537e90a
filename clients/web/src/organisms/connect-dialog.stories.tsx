import type { Meta, StoryObj } from "@storybook/react-vite"
import { ApiProblem } from "@troupe/api"
import { platforms } from "@/test/fake-connect"
import { engines, failed, full, loading, nothing } from "@/test/story"
import { ConnectDialog } from "./connect-dialog"

const meta = {
  component: ConnectDialog,
  args: {
    open: true,
    onOpenChange: nothing,
    platforms: full(platforms),
    busy: false,
    error: null,
    onPick: nothing,
    onSubmit: nothing,
  },
} satisfies Meta<typeof ConnectDialog>
export default meta
type Story = StoryObj<typeof meta>

export const PickANetwork: Story = {}
export const Loading: Story = { args: { platforms: loading } }
export const Failed: Story = { args: { platforms: failed } }
export const Reconnect: Story = { args: { account: engines } }
export const Connecting: Story = { args: { account: engines, busy: true } }
export const Refused: Story = {
  args: {
    account: engines,
    error: new ApiProblem({ kind: "already-exists", status: 409, title: "already-exists" }),
  },
}
