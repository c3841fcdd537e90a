import type { ReactNode } from "react"

type Props = {
  title: string
  /** How what the page is about stands. */
  badge?: ReactNode
  text?: string
  actions?: ReactNode
}

/** The page's one h1. It takes the focus when the route changes (templates/app-shell.tsx). */
export function PageHeader({ title, badge, text, actions }: Props) {
  return (
    // A short button stays beside the title on a phone; more of them get a row of their own.
    <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3 sm:gap-x-6">
      <div className="grid min-w-0 grow basis-44 gap-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 tabIndex={-1} className="font-semibold text-2xl outline-none">
            {title}
          </h1>
          {badge}
        </div>
        {text && <p className="text-ink-muted">{text}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  )
}
