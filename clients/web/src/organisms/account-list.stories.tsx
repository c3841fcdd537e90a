import type { Meta, StoryObj } from "@storybook/react-vite"
import { Button } from "@/atoms/button"
import { platforms } from "@/test/fake-connect"
import { ago, makeAccount } from "@/test/fake-data"
import { failed, full, loading, nothing } from "@/test/story"
import { AccountList } from "./account-list"

const meta = {
  component: AccountList,
  args: {
    of: full([
      makeAccount({ display_name: "Engines" }),
      makeAccount({
        platform: "mastodon",
        display_name: "The mill",
        token_expires_at: ago(-60 * 24 * 3),
        rate: { limit: 300, remaining: 75, resets_at: ago(-5) },
      }),
    ]),
    platforms,
    mayManage: true,
    checking: undefined,
    hrefOf: (account) => `/accounts/${account.id}`,
    connect: <Button>Connect an account</Button>,
    onCheck: nothing,
    onReconnect: nothing,
  },
} satisfies Meta<typeof AccountList>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
export const Empty: Story = { args: { of: full([]) } }
export const EveryState: Story = {
  args: {
    of: full(
      (["active", "paused", "reconnect_required", "restricted", "disconnected"] as const).map((state) =>
        makeAccount({ state, display_name: `Account ${state}` }),
      ),
    ),
  },
}
export const Checking: Story = { args: { of: full([makeAccount({ id: "checked" })]), checking: "checked" } }
export const ForViewers: Story = {
  args: { of: full([makeAccount({ state: "reconnect_required" })]), mayManage: false, connect: null },
}
