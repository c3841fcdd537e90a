import { memo, useEffect, useRef } from "react"
import { useI18n } from "@/i18n/use-i18n"
import type { Item } from "@/lib/calendar-items"
import { cn } from "@/lib/cn"
import { useLatest } from "@/lib/use-latest"
import { type Day, type Hour, hoursOf } from "@/lib/wall-clock"
import { CalendarEntry, dropCell, type EntryEvents, overStyle } from "./calendar-entry"

type Props = {
  /** Seven for a week, one for a day. */
  days: readonly Day[]
  today: Day
  items: Map<Day, Item[]>
  events: EntryEvents
  tabbable: string | undefined
  onDay: (day: Day) => void
  onMove: (postId: string, day: Day, hour: number) => void
}

const opensAt = 7

/** The hours of the wall clock by the days. An hour that the clocks skip takes nothing; one that comes twice says so. */
export function CalendarHours({ days, today, items, events, tabbable, onDay, onMove }: Props) {
  const { t, region, zone } = useI18n()
  const one = days.length === 1
  const box = useRef<HTMLDivElement>(null)
  const begin = days[0]
  // Nobody plans at midnight: the day opens where work begins, or earlier where something is.
  const earliest = Math.min(...days.flatMap((day) => items.get(day)?.map(({ hour }) => hour) ?? []), opensAt)
  const opens = useLatest(earliest)
  useEffect(() => {
    const row = begin && box.current?.querySelector<HTMLElement>(`[data-hour="${opens.current}"]`)
    const head = box.current?.querySelector("thead")
    if (row && box.current) box.current.scrollTop = row.offsetTop - (head?.offsetHeight ?? 0)
  }, [begin, opens])
  const head = new Intl.DateTimeFormat(region, {
    weekday: one ? "long" : "short",
    day: "numeric",
    month: one ? "long" : "short",
    timeZone: "UTC",
  })
  const columns = days.map((day) => ({ day, hours: hoursOf(day, zone), items: items.get(day) ?? [] }))
  return (
    // biome-ignore lint/a11y/useSemanticElements: a section would be one landmark more, a fieldset is for forms
    <div
      ref={box}
      role="group"
      aria-label={t("calendar.hours")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="relative max-h-[75dvh] overflow-auto"
    >
      <table className={cn("w-full table-fixed border-collapse", !one && "min-w-3xl")}>
        <thead>
          <tr>
            <th className="sticky inset-s-0 top-0 z-20 w-14 border-line border-b bg-surface">
              <span className="sr-only">{t("when.time")}</span>
            </th>
            {days.map((day) => (
              <th
                key={day}
                scope="col"
                className="sticky top-0 z-10 border-line border-b bg-surface px-2 py-2 text-start"
              >
                <button
                  type="button"
                  onClick={() => onDay(day)}
                  aria-current={day === today ? "date" : undefined}
                  className={cn(
                    "cursor-pointer rounded-sm px-1.5 py-0.5 font-medium text-xs hover:bg-sunken",
                    day === today ? "bg-accent text-on-accent hover:bg-accent-hover" : "text-ink-muted",
                  )}
                >
                  {head.format(new Date(`${day}T00:00Z`))}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: 24 }, (_, hour) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its number
            <tr key={hour} data-hour={hour}>
              <th
                scope="row"
                className="tabular sticky inset-s-0 z-10 border-line border-b bg-surface px-2 py-1 text-end align-top font-normal text-ink-muted text-xs"
              >
                {String(hour).padStart(2, "0")}:00
              </th>
              {columns.map(({ day, hours, items: all }) => (
                <Cell
                  key={day}
                  day={day}
                  hour={hours[hour] ?? { hour, clock: "once" }}
                  items={all.filter((item) => item.hour === hour)}
                  holds={one ? 40 : 4}
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
    </div>
  )
}

type CellProps = Pick<Props, "events" | "tabbable" | "onDay" | "onMove"> & {
  day: Day
  hour: Hour
  items: Item[]
  holds: number
}

const Cell = memo(function Cell(props: CellProps) {
  const { day, hour, items, holds, events, tabbable, onDay, onMove } = props
  const { t } = useI18n()
  const never = hour.clock === "never"
  const shown = items.length > holds ? items.slice(0, holds - 1) : items
  const hidden = items.length - shown.length
  return (
    <td
      data-cell={`${day}T${String(hour.hour).padStart(2, "0")}`}
      {...(never ? {} : dropCell((id) => onMove(id, day, hour.hour)))}
      className={cn("h-11 border-line border-s border-b p-0.75 align-top", never && "bg-sunken", overStyle)}
    >
      <div className="grid gap-0.75">
        {hour.clock !== "once" && (
          <p className="text-ink-muted text-xs">
            <span aria-hidden>{t(never ? "calendar.short_never" : "calendar.short_twice")}</span>
            <span className="sr-only">{t(never ? "calendar.hour_never" : "calendar.hour_twice")}</span>
          </p>
        )}
        {shown.map((item) => (
          <CalendarEntry
            key={item.post.id}
            item={item}
            events={events}
            tabbable={tabbable === item.post.id}
            showIcon={holds > 4}
          />
        ))}
        {hidden > 0 && (
          <button
            type="button"
            onClick={() => onDay(day)}
            aria-label={t("calendar.more_of", { count: hidden, day })}
            className="cursor-pointer rounded-sm px-1.5 text-start font-medium text-ink-muted text-xs hover:bg-sunken"
          >
            {t("calendar.more", { count: hidden })}
          </button>
        )}
      </div>
    </td>
  )
}, sameCell)

/** The list of an hour is cut anew at each draw; equal posts at equal places are no reason to draw the cell. */
function sameCell(a: CellProps, b: CellProps): boolean {
  const was = a.items.some(({ post }) => post.id === a.tabbable)
  const is = b.items.some(({ post }) => post.id === b.tabbable)
  return (
    a.day === b.day &&
    a.holds === b.holds &&
    a.hour.clock === b.hour.clock &&
    a.hour.hour === b.hour.hour &&
    a.events === b.events &&
    a.onMove === b.onMove &&
    a.onDay === b.onDay &&
    (a.tabbable === b.tabbable || (!was && !is)) &&
    a.items.length === b.items.length &&
    a.items.every((item, at) => item.post === b.items[at]?.post)
  )
}
