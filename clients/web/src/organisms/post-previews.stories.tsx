import type { Meta, StoryObj } from "@storybook/react-vite"
import { emptyContent } from "@/lib/content"
import { engines, mill, nothing, picture } from "@/test/story"
import { PostPreviews } from "./post-previews"

const meta = {
  component: PostPreviews,
  args: {
    content: { ...emptyContent, text: "The engine weaves" },
    accounts: [engines, mill],
    tab: engines.id,
    onTab: nothing,
    draw: picture,
  },
} satisfies Meta<typeof PostPreviews>
export default meta
type Story = StoryObj<typeof meta>

export const TwoAccounts: Story = {}
export const OneAccount: Story = { args: { accounts: [engines] } }
export const NoAccount: Story = { args: { accounts: [], tab: "" } }
