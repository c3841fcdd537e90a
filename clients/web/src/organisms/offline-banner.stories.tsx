import type { Meta, StoryObj } from "@storybook/react-vite"
import { offline } from "@/test/story"
import { OfflineBanner } from "./offline-banner"

const meta = { component: OfflineBanner } satisfies Meta<typeof OfflineBanner>
export default meta
type Story = StoryObj<typeof meta>

export const Online: Story = {}
export const Offline: Story = { decorators: [offline] }
