import type { Meta, StoryObj } from "@storybook/react-vite"
import { ago, makeAccount } from "@/test/fake-data"
import { RateBudget, TokenLife } from "./account-facts"

const meta = {
  component: TokenLife,
  args: { account: makeAccount({ token_expires_at: ago(-60 * 24 * 3 - 1) }) },
} satisfies Meta<typeof TokenLife>
export default meta
type Story = StoryObj<typeof meta>

export const RenewedByItself: Story = {}
export const Expired: Story = {
  args: { account: makeAccount({ token_expires_at: ago(60), state: "reconnect_required" }) },
}
export const NeverExpires: Story = { args: { account: makeAccount() } }
export const BudgetLeft: Story = {
  args: { account: makeAccount({ rate: { limit: 300, remaining: 225, resets_at: ago(-5) } }) },
  render: (args) => <RateBudget {...args} />,
}
export const BudgetSpent: Story = {
  args: { account: makeAccount({ rate: { limit: 300, remaining: 0, resets_at: ago(-5) } }) },
  render: (args) => <RateBudget {...args} />,
}
export const NoBudgetKnown: Story = { render: (args) => <RateBudget {...args} /> }
