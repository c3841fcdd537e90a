import type { ReactNode } from "react"

/** The page's one h1. It takes the focus when the route changes (templates/app-shell.tsx). */
export function PageHeader({ title, text, actions }: { title: string; text?: string; actions?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="grid gap-1">
        <h1 tabIndex={-1} className="font-semibold text-2xl outline-none">
          {title}
        </h1>
        {text && <p className="text-ink-muted">{text}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  )
}
