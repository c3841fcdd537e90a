import type { Meta, StoryObj } from "@storybook/react-vite"
import { createRef } from "react"
import { failure, nothing, picture } from "@/test/story"
import { ImageEditor, type Pending } from "./image-editor"

const file = new File(["x"], "mill.png", { type: "image/png" })

const meta = {
  component: ImageEditor<Pending>,
  args: {
    media: [],
    pending: [],
    altLimit: 1_500,
    picker: createRef<HTMLInputElement>(),
    image: picture,
    onAdd: nothing,
    onChange: nothing,
    onRetry: nothing,
    onRemovePending: nothing,
  },
} satisfies Meta<typeof ImageEditor<Pending>>
export default meta
type Story = StoryObj<typeof meta>

export const Empty: Story = {}
export const TwoImages: Story = {
  args: {
    media: [
      { media_id: "1", alt: "The mill" },
      { media_id: "2", alt: "" },
    ],
  },
}
export const Uploading: Story = { args: { pending: [{ key: "a", file, progress: 0.4, error: null }] } }
export const UploadFailed: Story = { args: { pending: [{ key: "a", file, progress: 0, error: failure }] } }
export const DescribedTooLong: Story = {
  args: { media: [{ media_id: "1", alt: "far too long" }], altLimit: 5 },
}
