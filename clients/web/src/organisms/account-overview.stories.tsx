import type { Meta, StoryObj } from "@storybook/react-vite"
import { makePlatform } from "@/test/fake-connect"
import { makeAccount } from "@/test/fake-data"
import { done, nothing } from "@/test/story"
import { AccountOverview } from "./account-overview"

const meta = {
  component: AccountOverview,
  args: {
    account: makeAccount(),
    platform: makePlatform(),
    mayManage: true,
    busy: undefined,
    onAct: nothing,
    onReconnect: nothing,
    onDisconnect: done,
  },
} satisfies Meta<typeof AccountOverview>
export default meta
type Story = StoryObj<typeof meta>

export const Active: Story = {}
export const Paused: Story = { args: { account: makeAccount({ state: "paused" }) } }
export const ReconnectRequired: Story = {
  args: { account: makeAccount({ state: "reconnect_required", state_reason: "the access was taken back" }) },
}
export const Restricted: Story = { args: { account: makeAccount({ state: "restricted" }) } }
export const Disconnected: Story = { args: { account: makeAccount({ state: "disconnected" }) } }
export const Checking: Story = { args: { busy: "check" } }
export const ForViewers: Story = { args: { mayManage: false } }
