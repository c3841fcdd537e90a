import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeAccount } from "@/test/fake-data"
import { engines, mill, nothing } from "@/test/story"
import { AccountChips } from "./account-chips"

const meta = {
  component: AccountChips,
  args: { accounts: [engines, mill], chosen: [], disabled: false, onToggle: nothing },
} satisfies Meta<typeof AccountChips>
export default meta
type Story = StoryObj<typeof meta>

export const NoneChosen: Story = {}
export const OneChosen: Story = { args: { chosen: [engines.id] } }
export const ChosenAndNotWell: Story = {
  args: {
    accounts: [engines, makeAccount({ id: "ill", display_name: "Mill", state: "reconnect_required" })],
    chosen: ["ill"],
  },
}
export const Disabled: Story = { args: { chosen: [engines.id], disabled: true } }
