import type { Meta, StoryObj } from "@storybook/react-vite"
import { createRef } from "react"

import { nothing } from "@/test/story"
import { UserMenuList } from "./user-menu-list"

const meta = {
  component: UserMenuList,
  args: {
    email: "ada@example.org",
    name: "Ada",
    theme: "system",
    onTheme: nothing,
    language: "en",
    onLanguage: nothing,
    onSignOut: nothing,
    anchor: createRef<HTMLButtonElement>(),
    open: true,
    onOpenChange: nothing,
  },
} satisfies Meta<typeof UserMenuList>
export default meta
type Story = StoryObj<typeof meta>

export const Open: Story = {}
export const Chosen: Story = { args: { theme: "dark", language: "de" } }
