import type { Meta, StoryObj } from "@storybook/react-vite"
import { ago } from "@/test/fake-data"
import { nothing } from "@/test/story"
import { RestoreNotice } from "./restore-notice"

const meta = {
  component: RestoreNotice,
  args: {
    text: "A thought that never reached the server",
    savedAt: ago(12),
    onRestore: nothing,
    onDiscard: nothing,
  },
} satisfies Meta<typeof RestoreNotice>
export default meta
type Story = StoryObj<typeof meta>

export const Short: Story = {}
export const Long: Story = { args: { text: "word ".repeat(60) } }
