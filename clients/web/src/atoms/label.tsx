import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"

export function Label({ className, ...props }: ComponentProps<"label">) {
  // biome-ignore lint/a11y/noLabelWithoutControl: the caller names its control by htmlFor
  return <label className={cn("font-medium text-ink text-sm", className)} {...props} />
}
