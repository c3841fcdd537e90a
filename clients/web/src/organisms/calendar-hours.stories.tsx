import type { Meta, StoryObj } from "@storybook/react-vite"
import { entriesAt, nothing } from "@/test/story"
import { CalendarHours } from "./calendar-hours"

const meta = {
  component: CalendarHours,
  args: {
    days: ["2027-07-12", "2027-07-13", "2027-07-14", "2027-07-15", "2027-07-16", "2027-07-17", "2027-07-18"],
    today: "2027-07-15",
    items: entriesAt(["2027-07-13T05:30:00.000Z", "2027-07-15T09:00:00.000Z", "2027-07-15T09:30:00.000Z"]),
    events: { onOpen: nothing, onKey: nothing },
    tabbable: undefined,
    onDay: nothing,
    onMove: nothing,
  },
} satisfies Meta<typeof CalendarHours>
export default meta
type Story = StoryObj<typeof meta>

export const Week: Story = {}
export const Day: Story = { args: { days: ["2027-07-15"] } }
export const Empty: Story = { args: { items: entriesAt([]) } }
export const Crowded: Story = {
  args: { items: entriesAt(Array.from({ length: 9 }, (_, minute) => `2027-07-15T09:0${minute}:00.000Z`)) },
}
