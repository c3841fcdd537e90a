import type { LucideIcon } from "lucide-react"
import { Menu } from "lucide-react"
import { type ReactNode, useState } from "react"
import { NavLink } from "react-router"
import { Mark, Wordmark } from "@/atoms/logo"
import type { MessageKey } from "@/i18n/catalogue"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import { deferred, useDeferred } from "@/lib/deferred"

const sheet = deferred(async () => (await import("@/atoms/sheet")).OpenSheet)

export type NavItem = {
  to: string
  label: MessageKey
  icon: LucideIcon
  /** Marked only on this very address, not on those below it. */
  end?: boolean
}

type Props = {
  nav: readonly NavItem[]
  switcher: ReactNode
  userMenu: ReactNode
  userMenuCompact: ReactNode
  live: ReactNode
  banner: ReactNode
  children: ReactNode
}

/** How many fit into the bar of a phone; the rest goes into its menu. */
const barHolds = 4

/** The frame: a sidebar on a wide screen; on a phone a top bar, and the navigation as a bar at the thumb. */
export function AppShell({ nav, switcher, userMenu, userMenuCompact, live, banner, children }: Props) {
  const { t } = useI18n()
  const [menu, setMenu] = useState(false)
  const OpenSheet = useDeferred(sheet, menu)
  const inBar = nav.length > barHolds + 1 ? nav.slice(0, barHolds) : nav
  const inMenu = nav.slice(inBar.length)
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[15.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed inset-s-4 top-2 z-60 -translate-y-20 rounded-md bg-accent px-4 py-2 font-medium text-on-accent text-sm focus:translate-y-0"
      >
        {t("shell.skip")}
      </a>

      <header className="sticky top-0 hidden h-dvh flex-col gap-5 border-line border-e bg-surface p-4 md:flex">
        <Wordmark className="px-1.5 pt-1" />
        {switcher}
        <nav aria-label={t("shell.nav")} className="flex-1 overflow-y-auto">
          <ul className="grid gap-0.5">
            {nav.map(({ to, label, icon: Icon, end }) => (
              <li key={to}>
                <NavLink
                  to={to}
                  end={end}
                  className="flex items-center gap-3 rounded-md px-3 py-2 font-medium text-ink-muted text-sm transition-colors hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-on-accent-soft"
                >
                  <Icon aria-hidden className="size-4.5 shrink-0" />
                  {t(label)}
                </NavLink>
              </li>
            ))}
          </ul>
        </nav>
        <div className="grid gap-2">
          {live}
          {userMenu}
        </div>
      </header>

      <header className="sticky top-0 z-30 flex items-center gap-3 border-line border-b bg-surface px-4 py-2 md:hidden">
        <Mark />
        <div className="min-w-0 flex-1">{switcher}</div>
        <div className="shrink-0">{userMenuCompact}</div>
      </header>

      <div className="flex min-w-0 flex-col pb-[calc(4rem+env(safe-area-inset-bottom))] md:pb-0">
        {banner}
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          {children}
        </main>
      </div>

      <nav
        aria-label={t("shell.nav")}
        className="fixed inset-x-0 bottom-0 z-30 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        <ul className="flex">
          {inBar.map((item) => (
            <li key={item.to} className="flex-1">
              <NavLink to={item.to} end={item.end} className={tab}>
                <item.icon aria-hidden className="size-5" />
                {t(item.label)}
              </NavLink>
            </li>
          ))}
          {inMenu.length > 0 && (
            <li className="flex-1">
              <button
                type="button"
                aria-haspopup="dialog"
                aria-expanded={menu}
                className={cn(tab, "w-full cursor-pointer")}
                onClick={() => setMenu(true)}
              >
                <Menu aria-hidden className="size-5" />
                {t("shell.menu")}
              </button>
              {menu && OpenSheet && (
                <OpenSheet
                  title={t("shell.menu")}
                  closeLabel={t("common.close")}
                  onClose={() => setMenu(false)}
                >
                  <ul className="grid gap-1">
                    {inMenu.map((item) => (
                      <li key={item.to}>
                        <NavLink
                          to={item.to}
                          end={item.end}
                          onClick={() => setMenu(false)}
                          className="flex items-center gap-3 rounded-md px-3 py-3 font-medium hover:bg-sunken aria-[current=page]:bg-accent-soft aria-[current=page]:text-on-accent-soft"
                        >
                          <item.icon aria-hidden className="size-5" />
                          {t(item.label)}
                        </NavLink>
                      </li>
                    ))}
                  </ul>
                  {live}
                </OpenSheet>
              )}
            </li>
          )}
        </ul>
      </nav>
    </div>
  )
}

const tab =
  "flex min-h-15 flex-col items-center justify-center gap-1 px-0.5 font-medium text-[0.6875rem] text-ink-muted aria-[current=page]:text-accent"
