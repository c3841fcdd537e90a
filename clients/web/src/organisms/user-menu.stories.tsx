import type { Meta, StoryObj } from "@storybook/react-vite"
import { userEvent, within } from "storybook/test"
import { makeUser } from "@/test/fake-data"
import { nothing } from "@/test/story"
import { UserMenu } from "./user-menu"

const meta = {
  component: UserMenu,
  args: {
    user: makeUser(),
    theme: "system",
    onTheme: nothing,
    language: "en",
    onLanguage: nothing,
    onSignOut: nothing,
  },
} satisfies Meta<typeof UserMenu>
export default meta
type Story = StoryObj<typeof meta>

export const Closed: Story = {}
export const Compact: Story = { args: { compact: true } }
export const Open: Story = {
  play: async ({ canvasElement }) => userEvent.click(within(canvasElement).getByRole("button")),
}
export const LongName: Story = {
  args: {
    user: makeUser({ display_name: "Augusta Ada King, Countess of Lovelace, of the Analytical Engine" }),
  },
}
