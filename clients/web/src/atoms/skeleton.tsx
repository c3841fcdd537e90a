import { cn } from "@/lib/cn"

/** The shape of what is coming. The region around it says that it loads. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn("block h-4 animate-pulse rounded-sm bg-sunken", className)} />
}
