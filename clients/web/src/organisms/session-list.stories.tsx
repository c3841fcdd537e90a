import type { Meta, StoryObj } from "@storybook/react-vite"
import { makeSession } from "@/test/fake-data"
import { done, failed, full, loading } from "@/test/story"
import { SessionList } from "./session-list"

const meta = {
  component: SessionList,
  args: {
    of: full([makeSession({ current: true }), makeSession({ user_agent: undefined, address: undefined })]),
    onEnd: done,
    onEndAll: done,
  },
} satisfies Meta<typeof SessionList>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const OnlyThisOne: Story = { args: { of: full([makeSession({ current: true })]) } }
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
