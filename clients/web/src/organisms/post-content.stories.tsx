import type { Meta, StoryObj } from "@storybook/react-vite"
import { makePost } from "@/test/fake-data"
import { picture } from "@/test/story"
import { PostContent } from "./post-content"

const meta = {
  component: PostContent,
  args: {
    post: makePost({ text: "Notes, at https://example.org by @ada #engines" }),
    authorName: "Ada Lovelace",
    image: picture,
  },
} satisfies Meta<typeof PostContent>
export default meta
type Story = StoryObj<typeof meta>

export const Text: Story = {}
export const WithTitleAndImage: Story = {
  args: {
    post: makePost({
      title: "Notes on the engine",
      text: "A first part.",
      media: [{ media_id: "1", alt: "The mill" }],
    }),
  },
}
export const AuthorGone: Story = { args: { authorName: undefined } }
export const Markup: Story = {
  args: { post: makePost({ text: "<img src=x onerror=alert(1)> is only text" }) },
}
