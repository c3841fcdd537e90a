import type { Meta, StoryObj } from "@storybook/react-vite"
import { byDay, itemsOf } from "@/lib/calendar-items"
import { makePost } from "@/test/fake-data"
import { nothing } from "@/test/story"
import { CalendarList } from "./calendar-list"

const meta = {
  component: CalendarList,
  args: {
    items: byDay(
      itemsOf(
        ["2027-07-13T05:30:00.000Z", "2027-07-15T09:00:00.000Z"].map((scheduled_at) =>
          makePost({ state: "scheduled", scheduled_at }),
        ),
        "UTC",
      ),
    ),
    events: { onOpen: nothing, onKey: nothing },
    tabbable: undefined,
  },
} satisfies Meta<typeof CalendarList>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
