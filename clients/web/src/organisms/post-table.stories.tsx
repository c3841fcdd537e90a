import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeDelivery, makePost } from "@/test/fake-data"
import { engines, mill, nothing, posts } from "@/test/story"
import { PostTable } from "./post-table"

const meta = {
  component: PostTable,
  args: { posts, accounts: [engines, mill], base: "/w/1", selected: undefined, onSelect: nothing },
} satisfies Meta<typeof PostTable>
export default meta
type Story = StoryObj<typeof meta>

export const EveryState: Story = {}
export const Selecting: Story = { args: { selected: new Set([posts[0]?.id ?? ""]) } }
export const ToTwoAccounts: Story = {
  args: {
    posts: [
      makePost({
        text: "To both",
        deliveries: [engines, mill].map(({ id, platform }) => makeDelivery({ account_id: id, platform })),
      }),
    ],
  },
}
