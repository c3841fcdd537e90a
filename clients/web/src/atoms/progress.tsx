import { Progress as Radix } from "radix-ui"
import { cn } from "@/lib/cn"

/** `value` from 0 to 1; null while nobody knows how long it takes. */
export function Progress({
  value,
  label,
  className,
}: {
  value: number | null
  label: string
  className?: string
}) {
  const percent = value === null ? null : Math.round(Math.min(1, Math.max(0, value)) * 100)
  return (
    <Radix.Root
      value={percent}
      aria-label={label}
      className={cn("h-1.5 w-full overflow-hidden rounded-full bg-sunken", className)}
    >
      <Radix.Indicator
        className={cn(
          "h-full rounded-full bg-accent transition-[width]",
          percent === null && "w-1/3 animate-pulse",
        )}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </Radix.Root>
  )
}
