import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeAccount } from "@/test/fake-data"
import { picture } from "@/test/story"
import { PostPreview } from "./post-preview"

const media = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ media_id: String(at), alt: `Image ${at + 1}` }))

const meta = {
  component: PostPreview,
  args: {
    account: makeAccount({ platform: "mastodon", display_name: "Engines", handle: "engines" }),
    text: "Notes, at https://example.org by @ada #engines",
    title: null,
    media: [],
    image: picture,
  },
} satisfies Meta<typeof PostPreview>
export default meta
type Story = StoryObj<typeof meta>

export const Mastodon: Story = {}
export const Bluesky: Story = { args: { account: makeAccount({ platform: "bluesky" }), media: media(1) } }
export const WordPress: Story = {
  args: { account: makeAccount({ platform: "wordpress" }), title: "Notes on the engine" },
}
export const Sandbox: Story = { args: { account: makeAccount() } }
export const FourImages: Story = { args: { media: media(4) } }
export const Blank: Story = { args: { text: "" } }
export const Markup: Story = { args: { text: "<img src=x onerror=alert(1)>" } }
