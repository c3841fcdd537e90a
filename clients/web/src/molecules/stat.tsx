import type { LucideIcon } from "lucide-react"
import { Skeleton } from "@/atoms/skeleton"
import { cn } from "@/lib/cn"

type Props = {
  icon: LucideIcon
  label: string
  /** undefined while it loads. */
  value: string | undefined
  text?: string
  /** Room for `text` from the start, so that nothing jumps when it comes. */
  roomForText?: boolean
  tone?: "plain" | "warn"
}

/** One figure with its name. */
export function Stat({ icon: Icon, label, value, text, roomForText, tone = "plain" }: Props) {
  return (
    <div className="grid min-w-0 content-start gap-2 rounded-lg border border-line bg-surface p-4 shadow-sm sm:p-5">
      <dt className="flex items-center gap-2 text-ink-muted text-sm">
        <span
          className={cn(
            "inline-flex size-7 shrink-0 items-center justify-center rounded-md",
            tone === "warn" ? "bg-warn-soft text-on-warn-soft" : "bg-accent-soft text-on-accent-soft",
          )}
        >
          <Icon aria-hidden className="size-4" />
        </span>
        <span className="min-w-0 text-pretty">{label}</span>
      </dt>
      <dd className="grid gap-0.5">
        {value === undefined ? (
          <Skeleton className="my-1 h-7 w-16" />
        ) : (
          <span className="tabular font-semibold text-2xl">
            <bdi>{value}</bdi>
          </span>
        )}
        {(text || roomForText) && (
          <span className={cn("text-ink-muted text-xs", roomForText && "min-h-13.5 sm:min-h-8")}>{text}</span>
        )}
      </dd>
    </div>
  )
}
