import type { Meta, StoryObj } from "@storybook/react-vite"
import { failure, nothing } from "@/test/story"
import { SaveStatus } from "./save-status"

const meta = { component: SaveStatus, args: { state: { kind: "new" }, onRetry: nothing } } satisfies Meta<
  typeof SaveStatus
>
export default meta
type Story = StoryObj<typeof meta>

export const Fresh: Story = {}
export const Saved: Story = { args: { state: { kind: "saved" } } }
export const Typing: Story = { args: { state: { kind: "typing" } } }
export const Saving: Story = { args: { state: { kind: "saving" } } }
export const Waiting: Story = { args: { state: { kind: "waiting" } } }
export const Failed: Story = { args: { state: { kind: "failed", error: failure } } }
export const Conflict: Story = { args: { state: { kind: "conflict" } } }
export const Locked: Story = { args: { state: { kind: "locked" } } }
