import type { Summary } from "@troupe/api"
import { CalendarClock, CircleAlert, CircleCheck, Timer } from "lucide-react"
import { useI18n } from "@/i18n/use-i18n"
import { Stat } from "@/molecules/stat"

/** The four figures on top of the dashboard; dashes are skeletons until `summary` is there. */
export function SummaryStats({ summary }: { summary: Summary | undefined }) {
  const { t, number, duration } = useI18n()
  const attention = summary ? summary.attention.deliveries_total + summary.attention.accounts.length : 0
  const late = summary?.lateness_7d
  const none = late === undefined || late.count === 0
  return (
    <dl className="grid grid-cols-2 gap-3 sm:gap-4 xl:grid-cols-4">
      <Stat
        icon={CalendarClock}
        label={t("dashboard.scheduled")}
        value={summary && number(summary.deliveries.scheduled)}
      />
      <Stat
        icon={CircleCheck}
        label={t("dashboard.published_24h")}
        value={summary && number(summary.published_24h.count)}
      />
      <Stat
        icon={CircleAlert}
        label={t("dashboard.attention")}
        value={summary && number(attention)}
        tone={attention > 0 ? "warn" : "plain"}
      />
      <Stat
        icon={Timer}
        label={t("dashboard.lateness")}
        value={summary && (none ? "–" : duration(late.p99_ms ?? 0))}
        roomForText
        text={
          summary &&
          (none
            ? t("dashboard.lateness_none")
            : t("dashboard.lateness_text", {
                p50: duration(late.p50_ms ?? 0),
                max: duration(late.max_ms ?? 0),
              }))
        }
      />
    </dl>
  )
}
