import type { Meta, StoryObj } from "@storybook/react-vite"
import { ApiProblem } from "@troupe/api"
import { nothing } from "@/test/story"
import { WhenFields } from "./when-fields"

const meta = {
  component: WhenFields,
  args: {
    value: { date: "2030-07-15", time: "10:00" },
    onChange: nothing,
    now: new Date("2030-01-01T00:00:00Z"),
  },
} satisfies Meta<typeof WhenFields>
export default meta
type Story = StoryObj<typeof meta>

export const Chosen: Story = {}
export const Empty: Story = { args: { value: { date: "", time: "" }, strict: true } }
export const Over: Story = { args: { value: { date: "2029-07-15", time: "10:00" }, strict: true } }
export const HourThatIsSkipped: Story = {
  args: { value: { date: "2030-03-31", time: "01:30" }, strict: true },
}
export const HourThatComesTwice: Story = { args: { value: { date: "2030-10-27", time: "01:30" } } }
export const RefusedByTheNode: Story = {
  args: { error: new ApiProblem({ kind: "validation-failed", status: 422, title: "wrong" }) },
}
