import type { Meta, StoryObj } from "@storybook/react-vite"
import { makePlatform } from "@/test/fake-connect"
import { limits } from "@/test/fake-data"
import { AccountLimits, NetworkCapabilities } from "./account-limits"

const meta = { component: AccountLimits, args: { limits } } satisfies Meta<typeof AccountLimits>
export default meta
type Story = StoryObj<typeof meta>

export const Few: Story = {}
export const Many: Story = {
  args: {
    limits: {
      ...limits,
      max_text: 300,
      max_text_bytes: 3_000,
      max_image_bytes: 2_000_000,
      max_image_pixels: 16_000_000,
      url_weight: 23,
      needs_title: true,
    },
  },
}
export const WhatTheNetworkCan: Story = { render: () => <NetworkCapabilities platform={makePlatform()} /> }
export const WhatALimitedNetworkCan: Story = {
  render: () => (
    <NetworkCapabilities
      platform={makePlatform({
        guarantee: "exactly_once_within_window",
        key_window_s: 3_600,
        capabilities: {
          two_phase: false,
          can_find: false,
          absence_is_proof: false,
          safe_repeat: true,
          repeat_while_running: false,
        },
      })}
    />
  ),
}
