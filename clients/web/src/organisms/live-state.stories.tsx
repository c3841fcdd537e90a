import type { Meta, StoryObj } from "@storybook/react-vite"
import { LiveState } from "./live-state"

const meta = { component: LiveState, args: { state: "open" } } satisfies Meta<typeof LiveState>
export default meta
type Story = StoryObj<typeof meta>

export const Open: Story = {}
export const Connecting: Story = { args: { state: "connecting" } }
export const Waiting: Story = { args: { state: "waiting" } }
