import type { Meta, StoryObj } from "@storybook/react-vite"
import { userEvent, within } from "storybook/test"
import { makeWorkspace } from "@/test/fake-data"
import { nothing } from "@/test/story"
import { WorkspaceSwitcher } from "./workspace-switcher"

const workspace = makeWorkspace()

const meta = {
  component: WorkspaceSwitcher,
  args: {
    workspace,
    workspaces: [workspace, makeWorkspace({ name: "Difference Engines", role: "viewer" })],
    onSwitch: nothing,
    onNew: nothing,
  },
} satisfies Meta<typeof WorkspaceSwitcher>
export default meta
type Story = StoryObj<typeof meta>

export const Closed: Story = {}
export const Open: Story = {
  play: async ({ canvasElement }) => userEvent.click(within(canvasElement).getByRole("button")),
}
export const LongName: Story = {
  args: {
    workspace: makeWorkspace({ name: "The society for the diffusion of useful mechanical knowledge" }),
  },
}
