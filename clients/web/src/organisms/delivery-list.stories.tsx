import type { Meta, StoryObj } from "@storybook/react-vite"
import { demoDeliveries, makeDelivery } from "@/test/fake-data"
import { DeliveryList } from "./delivery-list"

const meta = { component: DeliveryList, args: { deliveries: demoDeliveries(), when: "due" } } satisfies Meta<
  typeof DeliveryList
>
export default meta
type Story = StoryObj<typeof meta>

export const Due: Story = {}
export const Published: Story = {
  args: {
    deliveries: [
      makeDelivery({
        state: "published",
        published_at: "2026-06-01T12:00:00Z",
        permalink: "https://example.org/1",
      }),
    ],
    when: "published",
  },
}
export const LongWords: Story = {
  args: { deliveries: [makeDelivery({ text: "Donaudampfschifffahrtsgesellschaftskapitän".repeat(6) })] },
}
