import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react"
import type { ReactNode } from "react"
import { cn } from "@/lib/cn"

const looks = {
  info: { icon: Info, style: "bg-info-soft text-on-info-soft" },
  ok: { icon: CircleCheck, style: "bg-ok-soft text-on-ok-soft" },
  warn: { icon: TriangleAlert, style: "bg-warn-soft text-on-warn-soft" },
  danger: { icon: CircleAlert, style: "bg-danger-soft text-on-danger-soft" },
}

type Props = { tone: keyof typeof looks; title?: string; children?: ReactNode; className?: string }

/** Something to know, in place. What is wrong is announced at once. */
export function Notice({ tone, title, children, className }: Props) {
  const { icon: Icon, style } = looks[tone]
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={cn("flex items-start gap-2.5 rounded-md px-3.5 py-3 text-sm", style, className)}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="grid min-w-0 gap-1">
        {title && <p className="font-semibold">{title}</p>}
        {children}
      </div>
    </div>
  )
}
