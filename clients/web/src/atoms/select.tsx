import { ChevronDown } from "lucide-react"
import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"
import { fieldStyle } from "./input"

/**
 * The browser's own select, dressed. Radix's locks scrolling with an injected <style>, which the CSP forbids; and on a phone
 * nothing is better than the phone's own list.
 */
export function Select({ className, ...props }: ComponentProps<"select">) {
  return (
    <span className={cn("relative block", className)}>
      <select
        className={cn(fieldStyle, "h-10 appearance-none pe-9 read-only:enabled:bg-surface")}
        {...props}
      />
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute inset-e-3 top-1/2 size-4 -translate-y-1/2 text-ink-muted"
      />
    </span>
  )
}
