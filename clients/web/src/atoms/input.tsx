import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"

export const fieldStyle =
  "w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-base text-ink transition-colors placeholder:text-ink-faint hover:border-ink-muted disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-muted read-only:bg-sunken aria-invalid:border-danger"

export function Input({ className, type = "text", ...props }: ComponentProps<"input">) {
  return <input type={type} className={cn(fieldStyle, "h-10", className)} {...props} />
}

/** Date and time as the browser's own fields: keyboard, screen reader and phone wheel come with them. */
export function DateInput(props: Omit<ComponentProps<"input">, "type">) {
  return <Input type="date" {...props} className={cn("tabular", props.className)} />
}

export function TimeInput(props: Omit<ComponentProps<"input">, "type">) {
  return <Input type="time" {...props} className={cn("tabular", props.className)} />
}
