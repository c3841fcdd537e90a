import { useI18n } from "@/i18n/use-i18n"
import type { Item } from "@/lib/calendar-items"
import type { Day } from "@/lib/wall-clock"
import { CalendarEntry, type EntryEvents } from "./calendar-entry"

type Props = { items: Map<Day, Item[]>; events: EntryEvents; tabbable: string | undefined }

/** The posts under their days. Days outside of the screen are not painted. */
export function CalendarList({ items, events, tabbable }: Props) {
  const { t, region } = useI18n()
  const name = new Intl.DateTimeFormat(region, { dateStyle: "full", timeZone: "UTC" })
  return (
    <ul className="divide-y divide-line">
      {[...items].map(([day, posts]) => (
        <li
          key={day}
          className="grid gap-2 px-5 py-4 [contain-intrinsic-size:auto_6rem] [content-visibility:auto] sm:grid-cols-[12rem_minmax(0,1fr)]"
        >
          <div>
            <h3 className="font-medium text-sm">{name.format(new Date(`${day}T00:00Z`))}</h3>
            <p className="text-ink-muted text-xs">{t("calendar.posts_of_day", { count: posts.length })}</p>
          </div>
          <ul className="grid min-w-0 gap-1">
            {posts.map((item) => (
              <li key={item.post.id} className="min-w-0">
                <CalendarEntry item={item} events={events} tabbable={tabbable === item.post.id} showIcon />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  )
}
