import { memo } from "react"
import { useI18n } from "@/i18n/use-i18n"
import type { Item } from "@/lib/calendar-items"
import { cn } from "@/lib/cn"
import type { Day } from "@/lib/wall-clock"
import { CalendarEntry, dropCell, type EntryEvents, overStyle } from "./calendar-entry"

/** What a cell shows; the rest is a click away. A month of thousands of posts so has as many elements as one of a hundred. */
const cellHolds = 4

type Props = {
  days: readonly Day[]
  month: string
  today: Day
  items: Map<Day, Item[]>
  events: EntryEvents
  tabbable: string | undefined
  onDay: (day: Day) => void
  onMove: (postId: string, day: Day) => void
}

/** The weeks of a month as a table, one cell for each day. */
export function CalendarMonth({ days, month, today, items, events, tabbable, onDay, onMove }: Props) {
  const { region } = useI18n()
  const name = new Intl.DateTimeFormat(region, { weekday: "short", timeZone: "UTC" })
  const weeks = Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7))
  return (
    <table className="w-full table-fixed border-collapse">
      <thead>
        <tr>
          {days.slice(0, 7).map((day) => (
            <th
              key={day}
              scope="col"
              className="border-line border-b px-2 py-2 text-start font-medium text-ink-muted text-xs"
            >
              {name.format(new Date(`${day}T00:00Z`))}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((day) => (
              <Cell
                key={day}
                day={day}
                dim={!day.startsWith(month)}
                today={day === today}
                items={items.get(day)}
                events={events}
                tabbable={tabbable}
                onDay={onDay}
                onMove={onMove}
              />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

type CellProps = Pick<Props, "events" | "tabbable" | "onDay" | "onMove"> & {
  day: Day
  dim: boolean
  today: boolean
  items: Item[] | undefined
}

const Cell = memo(function Cell({ day, dim, today, items = [], events, tabbable, onDay, onMove }: CellProps) {
  const { t, region } = useI18n()
  const date = new Date(`${day}T00:00Z`)
  const long = new Intl.DateTimeFormat(region, { dateStyle: "full", timeZone: "UTC" }).format(date)
  const shown = items.length > cellHolds ? items.slice(0, cellHolds - 1) : items
  const hidden = items.length - shown.length
  return (
    <td
      data-day={day}
      {...dropCell((id) => onMove(id, day))}
      className={cn(
        "h-16 border-line border-b p-1 align-top not-last:border-e sm:h-28 lg:h-32",
        dim && "bg-canvas",
        overStyle,
      )}
    >
      <div className="grid justify-items-center gap-1 sm:justify-items-stretch">
        <button
          type="button"
          onClick={() => onDay(day)}
          aria-label={t("calendar.open_day", { day: long })}
          aria-current={today ? "date" : undefined}
          className={cn(
            "tabular inline-flex size-6 cursor-pointer items-center justify-center rounded-full text-xs hover:bg-sunken",
            dim ? "text-ink-muted" : "font-medium text-ink",
            today && "bg-accent text-on-accent hover:bg-accent-hover",
          )}
        >
          {date.getUTCDate()}
        </button>
        <div className="hidden gap-1 sm:grid">
          {shown.map((item) => (
            <CalendarEntry
              key={item.post.id}
              item={item}
              events={events}
              tabbable={tabbable === item.post.id}
              narrow
            />
          ))}
          {hidden > 0 && (
            <button
              type="button"
              onClick={() => onDay(day)}
              aria-label={t("calendar.more_of", { count: hidden, day: long })}
              className="cursor-pointer rounded-sm px-1.5 py-0.5 text-start font-medium text-ink-muted text-xs hover:bg-sunken"
            >
              {t("calendar.more", { count: hidden })}
            </button>
          )}
        </div>
        {items.length > 0 && (
          <span className="inline-flex w-fit rounded-full bg-accent-soft px-1.5 font-medium text-on-accent-soft text-xs sm:hidden">
            <span aria-hidden>{items.length}</span>
            <span className="sr-only">{t("calendar.posts_of_day", { count: items.length })}</span>
          </span>
        )}
      </div>
    </td>
  )
})
