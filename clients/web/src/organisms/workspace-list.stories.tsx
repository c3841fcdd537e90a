import type { Meta, StoryObj } from "@storybook/react-vite"
import { createRef } from "react"
import { makeWorkspace } from "@/test/fake-data"
import { nothing } from "@/test/story"
import { WorkspaceList } from "./workspace-list"

const workspace = makeWorkspace()

const meta = {
  component: WorkspaceList,
  args: {
    workspace,
    workspaces: [workspace, makeWorkspace({ name: "Difference Engines", role: "viewer" })],
    onSwitch: nothing,
    onNew: nothing,
    anchor: createRef<HTMLButtonElement>(),
    open: true,
    onOpenChange: nothing,
  },
} satisfies Meta<typeof WorkspaceList>
export default meta
type Story = StoryObj<typeof meta>

export const Open: Story = {}
export const OnlyOne: Story = { args: { workspaces: [workspace] } }
