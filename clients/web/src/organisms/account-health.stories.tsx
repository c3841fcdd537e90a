import type { Meta, StoryObj } from "@storybook/react-vite"
import { ago, makeHealth } from "@/test/fake-data"
import { AccountHealth } from "./account-health"

const meta = {
  component: AccountHealth,
  args: {
    accounts: [makeHealth({ platform: "mastodon" }), makeHealth({ platform: "bluesky" })],
    hrefOf: (id) => `/accounts/${id}`,
  },
} satisfies Meta<typeof AccountHealth>
export default meta
type Story = StoryObj<typeof meta>

export const Well: Story = {}
export const NeedsAPerson: Story = {
  args: {
    accounts: [
      makeHealth({ state: "reconnect_required", needs_review: 1 }),
      makeHealth({ state: "restricted", failed_7d: 2 }),
    ],
  },
}
export const Paused: Story = { args: { accounts: [makeHealth({ state: "paused" })] } }
export const AccessEndsSoon: Story = { args: { accounts: [makeHealth({ token_expires_at: ago(-60 * 20) })] } }
