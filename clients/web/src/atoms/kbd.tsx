import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"

export function Kbd({ className, ...props }: ComponentProps<"kbd">) {
  return (
    <kbd
      className={cn(
        "rounded-sm border border-line bg-sunken px-1.5 py-0.5 font-mono text-ink-muted text-xs",
        className,
      )}
      {...props}
    />
  )
}
