import type { Meta, StoryObj } from "@storybook/react-vite"
import { emptyContent } from "@/lib/content"
import { engines, mill, nothing } from "@/test/story"
import { ConflictPanel } from "./conflict-panel"

const mine = { ...emptyContent, text: "The engine weaves algebraic patterns, as the loom does." }

const meta = {
  component: ConflictPanel,
  args: {
    mine,
    theirs: { ...mine, text: "The engine weaves patterns." },
    accounts: [engines, mill],
    onKeep: nothing,
    onTake: nothing,
  },
} satisfies Meta<typeof ConflictPanel>
export default meta
type Story = StoryObj<typeof meta>

export const BothVersions: Story = {}
export const DeletedMeanwhile: Story = { args: { theirs: null } }
