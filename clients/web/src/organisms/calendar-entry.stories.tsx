import type { Meta, StoryObj } from "@storybook/react-vite"
import { itemsOf } from "@/lib/calendar-items"
import { makeDelivery, makePost } from "@/test/fake-data"
import { nothing } from "@/test/story"
import { CalendarEntry } from "./calendar-entry"

const item = (state: Parameters<typeof makePost>[0] & object) =>
  itemsOf(
    [
      makePost({
        text: "The engine weaves",
        scheduled_at: "2027-07-15T10:30:00.000Z",
        deliveries: [makeDelivery({ state: state.state === "published" ? "published" : "scheduled" })],
        ...state,
      }),
    ],
    "UTC",
  )[0] as ReturnType<typeof itemsOf>[number]

const meta = {
  component: CalendarEntry,
  args: { item: item({ state: "scheduled" }), events: { onOpen: nothing, onKey: nothing }, tabbable: true },
} satisfies Meta<typeof CalendarEntry>
export default meta
type Story = StoryObj<typeof meta>

export const Scheduled: Story = {}
export const WithNetwork: Story = { args: { showIcon: true } }
export const Narrow: Story = { args: { narrow: true } }
export const Published: Story = { args: { item: item({ state: "published" }) } }
export const Failed: Story = { args: { item: item({ state: "failed" }) } }
export const NeedsReview: Story = { args: { item: item({ state: "needs_review" }) } }
export const Sending: Story = { args: { item: item({ state: "sending" }) } }
