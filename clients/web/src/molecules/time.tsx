import { useI18n } from "@/i18n/use-i18n"
import { useNow } from "@/lib/use-now"

type Props = {
  /** A timestamp of the API; null is "never". */
  at: string | null
  show?: "relative" | "absolute" | "both"
  className?: string
}

/** A moment in the workspace's zone. The other form and the zone are in the tooltip. */
export function Time({ at, show = "both", className }: Props) {
  const { t, relative, dateTime, zone } = useI18n()
  const now = useNow()
  if (at === null) return <span className={className}>{t("common.never")}</span>
  const date = new Date(at)
  const absolute = dateTime(date, zone)
  const near = relative(date, now)
  return (
    <time
      dir="auto"
      dateTime={at}
      title={`${t("time.at", { date: absolute, zone })}, ${near}`}
      className={className}
    >
      {show === "relative" ? near : show === "absolute" ? absolute : `${absolute} · ${near}`}
    </time>
  )
}
