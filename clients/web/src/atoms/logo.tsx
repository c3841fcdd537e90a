import { cn } from "@/lib/cn"

/** The mark: a curtain rail, the parted curtain as a T, and one light on the stage. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className={cn("size-8 shrink-0", className)}>
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <g fill="none" strokeWidth="3" strokeLinecap="round" className="stroke-on-accent">
        <path d="M8 9.5h16" />
        <path d="M10 13.5c0 5 2.2 8.8 6 10.5c3.8-1.7 6-5.5 6-10.5" />
      </g>
      <circle cx="16" cy="15.5" r="2.2" className="fill-spot" />
    </svg>
  )
}

/** The mark and the name. The name is a name: it is the same in every language. */
export function Wordmark({ className }: { className?: string }) {
  return (
    <span className={cn("inline-flex items-center gap-2.5", className)}>
      <Mark />
      <span translate="no" className="font-semibold text-xl tracking-tight">
        {"Troupe"}
      </span>
    </span>
  )
}
