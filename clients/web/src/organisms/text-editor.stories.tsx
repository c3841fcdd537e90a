import type { Meta, StoryObj } from "@storybook/react-vite"
import { emptyContent, toggleTarget } from "@/lib/content"
import { engines, mill, nothing } from "@/test/story"
import { TextEditor } from "./text-editor"

const both = [engines.id, mill.id].reduce(toggleTarget, {
  ...emptyContent,
  text: "The engine weaves algebraic patterns.",
})

const meta = {
  component: TextEditor,
  args: {
    content: both,
    accounts: [engines, mill],
    tab: "",
    onTab: nothing,
    onChange: nothing,
    onPasteFiles: nothing,
  },
} satisfies Meta<typeof TextEditor>
export default meta
type Story = StoryObj<typeof meta>

export const Written: Story = {}
export const Empty: Story = { args: { content: emptyContent, accounts: [] } }
export const OverTheLimit: Story = { args: { content: { ...both, text: "word ".repeat(110) } } }
export const OwnVersion: Story = {
  args: {
    content: {
      ...both,
      targets: both.targets.map((target) =>
        target.account_id === mill.id ? { ...target, text: "Shorter." } : target,
      ),
    },
    tab: mill.id,
  },
}
