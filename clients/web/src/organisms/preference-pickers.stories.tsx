import type { Meta, StoryObj } from "@storybook/react-vite"
import { nothing } from "@/test/story"
import { LanguagePicker, ThemePicker } from "./preference-pickers"

const meta = { component: ThemePicker, args: { value: "system", onChange: nothing } } satisfies Meta<
  typeof ThemePicker
>
export default meta
type Story = StoryObj<typeof meta>

export const Theme: Story = {}
export const ThemeChosen: Story = { args: { value: "dark" } }
export const Language: Story = { render: () => <LanguagePicker value="en" onChange={nothing} /> }
