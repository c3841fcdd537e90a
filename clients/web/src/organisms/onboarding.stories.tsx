import type { Meta, StoryObj } from "@storybook/react-vite"
import { ago, makeDelivery, makePost } from "@/test/fake-data"
import { engines, failure, nothing } from "@/test/story"
import { Onboarding } from "./onboarding"

const meta = {
  component: Onboarding,
  args: {
    mayConnect: true,
    mayWrite: true,
    suggestedHandle: "ada",
    account: undefined,
    connecting: false,
    connectError: null,
    onConnect: nothing,
    post: undefined,
    publishing: false,
    publishError: null,
    onPublish: nothing,
  },
} satisfies Meta<typeof Onboarding>
export default meta
type Story = StoryObj<typeof meta>

export const First: Story = {}
export const Connecting: Story = { args: { connecting: true } }
export const ConnectFailed: Story = { args: { connectError: failure } }
export const Connected: Story = { args: { account: engines } }
export const Publishing: Story = { args: { account: engines, publishing: true } }
export const PublishFailed: Story = { args: { account: engines, publishError: failure } }
export const Published: Story = {
  args: {
    account: engines,
    post: makePost({
      state: "published",
      deliveries: [
        makeDelivery({ state: "published", published_at: ago(0), permalink: "https://example.org/1" }),
      ],
    }),
  },
}
export const ForViewers: Story = { args: { mayConnect: false, mayWrite: false } }
