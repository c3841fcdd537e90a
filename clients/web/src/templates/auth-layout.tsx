import { CalendarClock, HardDrive, ShieldCheck } from "lucide-react"
import type { ReactNode } from "react"
import { Wordmark } from "@/atoms/logo"
import { useI18n } from "@/i18n/use-i18n"

const points = [
  { icon: ShieldCheck, text: "auth.point_once" },
  { icon: CalendarClock, text: "auth.point_time" },
  { icon: HardDrive, text: "auth.point_own" },
] as const

type Props = { title: string; text?: string; children: ReactNode; footer?: ReactNode }

/** Pages before the sign-in: what Troupe is on one side, the form on the other; on a phone the form alone. */
export function AuthLayout({ title, text, children, footer }: Props) {
  const { t } = useI18n()
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <title>{`${title} · Troupe`}</title>
      <aside className="hidden flex-col justify-between gap-12 border-line border-e bg-accent-soft p-12 text-on-accent-soft lg:flex">
        <Wordmark className="text-ink" />
        <div className="grid max-w-md gap-4">
          <p className="max-w-[22rem] font-semibold text-3xl tracking-tight">{t("auth.claim")}</p>
          <p className="text-lg">{t("auth.claim_text")}</p>
        </div>
        <ul className="grid gap-3 text-sm">
          {points.map(({ icon: Icon, text: key }) => (
            <li key={key} className="flex items-center gap-3">
              <Icon aria-hidden className="size-4.5 shrink-0" />
              {t(key)}
            </li>
          ))}
        </ul>
      </aside>
      <main className="flex flex-col items-center justify-center px-5 py-10 sm:px-10">
        <div className="grid w-full max-w-sm gap-7">
          <Wordmark className="lg:hidden" />
          <div className="grid gap-1">
            <h1 className="font-semibold text-2xl">{title}</h1>
            {text && <p className="text-ink-muted">{text}</p>}
          </div>
          {children}
          {footer && <p className="text-ink-muted text-sm">{footer}</p>}
        </div>
      </main>
    </div>
  )
}
