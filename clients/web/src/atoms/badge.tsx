import { cva, type VariantProps } from "class-variance-authority"
import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"

const style = cva(
  "inline-flex w-fit shrink-0 items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 py-0.5 font-medium text-xs [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        idle: "bg-idle-soft text-on-idle-soft",
        accent: "bg-accent-soft text-on-accent-soft",
        info: "bg-info-soft text-on-info-soft",
        ok: "bg-ok-soft text-on-ok-soft",
        warn: "bg-warn-soft text-on-warn-soft",
        danger: "bg-danger-soft text-on-danger-soft",
      },
    },
    defaultVariants: { tone: "idle" },
  },
)

export type Tone = NonNullable<VariantProps<typeof style>["tone"]>

export function Badge({ className, tone, ...props }: ComponentProps<"span"> & { tone?: Tone }) {
  return <span className={cn(style({ tone }), className)} {...props} />
}
