import { cn } from "@/lib/cn"

export function Separator({ className, vertical }: { className?: string; vertical?: boolean }) {
  return (
    <div aria-hidden className={cn(vertical ? "w-px self-stretch" : "h-px w-full", "bg-line", className)} />
  )
}
