import type { ReactNode } from "react"
import { NavLink } from "react-router"
import type { MessageKey } from "@/i18n/catalogue"
import { useI18n } from "@/i18n/use-i18n"

export type Section = { to: string; label: MessageKey }

/** Sections beside their content; on a phone a row that scrolls above it. */
export function SettingsLayout({
  sections,
  children,
}: {
  sections: readonly Section[]
  children: ReactNode
}) {
  const { t } = useI18n()
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[11rem_minmax(0,1fr)]">
      <nav
        aria-label={t("settings.title")}
        className="-mx-4 overflow-x-auto px-4 py-1 lg:sticky lg:top-8 lg:mx-0 lg:px-0"
      >
        <ul className="flex gap-1 lg:grid">
          {sections.map(({ to, label }) => (
            <li key={to}>
              <NavLink
                to={to}
                className="block whitespace-nowrap rounded-md px-3 py-2 font-medium text-ink-muted text-sm hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-on-accent-soft"
              >
                {t(label)}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <div className="grid min-w-0 gap-6">{children}</div>
    </div>
  )
}
