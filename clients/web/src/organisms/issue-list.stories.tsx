import type { Meta, StoryObj } from "@storybook/react-vite"
import { engines, mill } from "@/test/story"
import { IssueList } from "./issue-list"

const meta = {
  component: IssueList,
  args: {
    troubles: [
      { account: engines, kind: "text", used: 512, limit: 500, unit: "graphemes" },
      { account: mill, kind: "images", used: 5, limit: 4, unit: "code_points" },
    ],
    issues: [],
    accounts: [engines, mill],
  },
} satisfies Meta<typeof IssueList>
export default meta
type Story = StoryObj<typeof meta>

export const CountedHere: Story = {}
export const ToldByTheNode: Story = {
  args: {
    troubles: [],
    issues: [
      {
        account_id: mill.id,
        field: "images/0",
        code: "type-not-allowed",
        detail: "image/gif is not taken here.",
        limit: null,
        count: null,
      },
    ],
  },
}
export const None: Story = { args: { troubles: [] } }
