import type { Meta, StoryObj } from "@storybook/react-vite"
import { failed, full, ledger, loading } from "@/test/story"
import { LedgerTimeline } from "./ledger-timeline"

const meta = { component: LedgerTimeline, args: { of: full(ledger), label: "What happened" } } satisfies Meta<
  typeof LedgerTimeline
>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
export const Empty: Story = { args: { of: full([]) } }
