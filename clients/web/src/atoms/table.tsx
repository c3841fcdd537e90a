import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"

/** A table that scrolls by itself on a narrow screen; `label` names the region for the keyboard and for screen readers. */
export function Table({ label, className, ...props }: ComponentProps<"table"> & { label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a section would be one landmark more, a fieldset is for forms
    <div role="group" aria-label={label} tabIndex={0} className="w-full scroll-shadow">
      <table className={cn("w-full border-collapse text-sm", className)} {...props} />
    </div>
  )
}

export function Th({ className, ...props }: ComponentProps<"th">) {
  return (
    <th
      scope="col"
      className={cn(
        "whitespace-nowrap border-line border-b px-5 py-2.5 text-start font-medium text-ink-muted",
        className,
      )}
      {...props}
    />
  )
}

export function Td({ className, ...props }: ComponentProps<"td">) {
  return <td className={cn("border-line border-b px-5 py-3 align-middle", className)} {...props} />
}

export function Tr({ className, ...props }: ComponentProps<"tr">) {
  return <tr className={cn("last:[&>td]:border-b-0", className)} {...props} />
}
