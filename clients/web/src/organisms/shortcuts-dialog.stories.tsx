import type { Meta, StoryObj } from "@storybook/react-vite"
import { nothing } from "@/test/story"
import { ShortcutsDialog } from "./shortcuts-dialog"

const meta = {
  component: ShortcutsDialog,
  args: {
    open: true,
    onOpenChange: nothing,
    shortcuts: [
      { keys: ["Ctrl", "Enter"], does: "Schedule" },
      { keys: ["Ctrl", "S"], does: "Save now" },
    ],
  },
} satisfies Meta<typeof ShortcutsDialog>
export default meta
type Story = StoryObj<typeof meta>

export const Open: Story = {}
