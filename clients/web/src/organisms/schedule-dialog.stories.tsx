import type { Meta, StoryObj } from "@storybook/react-vite"
import { failure, nothing } from "@/test/story"
import { ScheduleDialog } from "./schedule-dialog"

const meta = {
  component: ScheduleDialog,
  args: {
    open: true,
    onOpenChange: nothing,
    at: new Date("2030-07-15T10:00:00Z"),
    mode: "schedule",
    busy: false,
    error: null,
    onSubmit: nothing,
  },
} satisfies Meta<typeof ScheduleDialog>
export default meta
type Story = StoryObj<typeof meta>

export const Schedule: Story = {}
export const Move: Story = { args: { mode: "move", about: "The engine weaves algebraic patterns" } }
export const HourThatComesTwice: Story = { args: { at: new Date("2030-10-27T00:30:00Z") } }
export const Over: Story = { args: { at: new Date("2020-01-01T10:00:00Z") } }
export const Busy: Story = { args: { busy: true } }
export const Failed: Story = { args: { error: failure } }
