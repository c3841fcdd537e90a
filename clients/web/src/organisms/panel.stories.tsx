import type { Meta, StoryObj } from "@storybook/react-vite"
import { Inbox } from "lucide-react"
import { EmptyState } from "@/molecules/empty-state"
import { failed, failure, full, loading } from "@/test/story"
import { type Loaded, Panel } from "./panel"

const Things = ({ of }: { of: Loaded<string[]> }) => (
  <Panel
    title="Things"
    text="What a list of them looks like."
    of={of}
    isEmpty={(all) => all.length === 0}
    empty={<EmptyState icon={Inbox} title="None yet" text="They show up here." />}
  >
    {(all) => <p className="p-5">{all.join()}</p>}
  </Panel>
)

const meta = { component: Things, args: { of: full(["one", "two"]) } } satisfies Meta<typeof Things>
export default meta
type Story = StoryObj<typeof meta>

export const Full: Story = {}
export const Loading: Story = { args: { of: loading } }
export const Failed: Story = { args: { of: failed } }
export const Empty: Story = { args: { of: full([]) } }
export const FullThoughALaterFetchFailed: Story = { args: { of: { data: ["old"], error: failure } } }
