import type { Meta, StoryObj } from "@storybook/react-vite"
import { entriesAt, nothing } from "@/test/story"
import { CalendarMonth } from "./calendar-month"

const days = Array.from({ length: 35 }, (_, day) =>
  new Date(Date.UTC(2027, 5, 28 + day)).toISOString().slice(0, 10),
)
const meta = {
  component: CalendarMonth,
  args: {
    days,
    month: "2027-07",
    today: "2027-07-15",
    items: entriesAt(["2027-07-13T05:30:00.000Z", "2027-07-15T09:00:00.000Z"]),
    events: { onOpen: nothing, onKey: nothing },
    tabbable: undefined,
    onDay: nothing,
    onMove: nothing,
  },
} satisfies Meta<typeof CalendarMonth>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const Empty: Story = { args: { items: entriesAt([]) } }
export const BusyDayFolded: Story = {
  args: { items: entriesAt(Array.from({ length: 9 }, (_, hour) => `2027-07-15T0${hour}:00:00.000Z`)) },
}
