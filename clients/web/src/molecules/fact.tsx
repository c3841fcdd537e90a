import type { ReactNode } from "react"
import { cn } from "@/lib/cn"

/** A name and what stands behind it, inside a `<dl>`. */
export function Fact({
  label,
  className,
  children,
}: {
  label: string
  className?: string
  children: ReactNode
}) {
  return (
    <div className={cn("grid min-w-0 content-start gap-0.5", className)}>
      <dt className="text-ink-muted text-xs">{label}</dt>
      <dd className="min-w-0 break-words text-sm">{children}</dd>
    </div>
  )
}
