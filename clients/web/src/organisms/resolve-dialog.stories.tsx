import type { Meta, StoryObj } from "@storybook/react-vite"
import { userEvent, within } from "storybook/test"
import { done } from "@/test/story"
import { ResolveDialog } from "./resolve-dialog"

const meta = { component: ResolveDialog, args: { network: "Mastodon", onResolve: done } } satisfies Meta<
  typeof ResolveDialog
>
export default meta
type Story = StoryObj<typeof meta>

export const Closed: Story = {}
export const Open: Story = {
  play: async ({ canvasElement }) => userEvent.click(within(canvasElement).getByRole("button")),
}
