import { RadioGroup as Radix } from "radix-ui"
import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"

export function RadioGroup({ className, ...props }: ComponentProps<typeof Radix.Root>) {
  return <Radix.Root className={cn("grid gap-2", className)} {...props} />
}

/** One choice as a whole row that can be clicked; its text is its label. */
export function RadioItem({ className, children, ...props }: ComponentProps<typeof Radix.Item>) {
  return (
    <Radix.Item
      className={cn(
        "group flex cursor-pointer items-center gap-3 rounded-md border border-line bg-surface px-4 py-3 text-start text-sm transition-colors hover:bg-sunken disabled:cursor-not-allowed disabled:opacity-55 data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:text-on-accent-soft",
        className,
      )}
      {...props}
    >
      <span
        aria-hidden
        className="flex size-4.5 shrink-0 items-center justify-center rounded-full border border-line-strong bg-surface group-data-[state=checked]:border-accent"
      >
        <Radix.Indicator className="size-2.5 rounded-full bg-accent" />
      </span>
      {children}
    </Radix.Item>
  )
}
