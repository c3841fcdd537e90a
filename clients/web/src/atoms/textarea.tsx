import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"
import { fieldStyle } from "./input"

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      className={cn(fieldStyle, "field-sizing-content min-h-28 resize-y py-2", className)}
      {...props}
    />
  )
}
