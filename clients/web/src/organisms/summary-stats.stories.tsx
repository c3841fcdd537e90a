import type { Meta, StoryObj } from "@storybook/react-vite"
import { demoDeliveries, makeAccount, summarise } from "@/test/fake-data"
import { SummaryStats } from "./summary-stats"

const meta = {
  component: SummaryStats,
  args: { summary: summarise([makeAccount()], demoDeliveries()) },
} satisfies Meta<typeof SummaryStats>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const Loading: Story = { args: { summary: undefined } }
export const NothingYet: Story = { args: { summary: summarise([], []) } }
