import type { LucideIcon } from "lucide-react"
import type { ReactNode } from "react"
import { cn } from "@/lib/cn"

type Props = { icon: LucideIcon; title: string; text?: string; action?: ReactNode; className?: string }

/** Nothing here yet: what will be, and how to begin. */
export function EmptyState({ icon: Icon, title, text, action, className }: Props) {
  return (
    <div className={cn("flex flex-col items-center gap-3 px-6 py-10 text-center", className)}>
      <span className="inline-flex size-11 items-center justify-center rounded-full bg-accent-soft text-on-accent-soft">
        <Icon aria-hidden className="size-5" />
      </span>
      <div className="grid max-w-sm gap-1">
        <p className="font-semibold">{title}</p>
        {text && <p className="text-ink-muted text-sm">{text}</p>}
      </div>
      {action}
    </div>
  )
}
