import { type ReactNode, useEffect, useRef } from "react"
import { NavLink, useLocation } from "react-router"
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
  const { pathname } = useLocation()
  const row = useRef<HTMLElement>(null)
  // The section one is in stands in sight, however far the row has to scroll for it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is another section
  useEffect(() => {
    row.current
      ?.querySelector("[aria-current=page]")
      ?.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" })
  }, [pathname])
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[11rem_minmax(0,1fr)]">
      <nav
        ref={row}
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
