/** Wall-clock times of a zone. "Local" is always `YYYY-MM-DDTHH:MM`; a day is `YYYY-MM-DD`. */
export type LocalTime = string
export type Day = string

/** What a wall-clock time means: one instant, none (clocks jump over it), or two (clocks are set back). */
export type Meaning =
  | { kind: "once"; at: Date }
  | { kind: "never"; before: LocalTime; after: LocalTime }
  | { kind: "twice"; earlier: Date; later: Date }

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    const options: Intl.DateTimeFormatOptions = {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      calendar: "gregory",
    }
    try {
      format = new Intl.DateTimeFormat("en", { ...options, timeZone: zone })
    } catch {
      // A zone that the node knows and this browser does not.
      format = new Intl.DateTimeFormat("en", { ...options, timeZone: "UTC" })
    }
    formats.set(zone, format)
  }
  return format
}

const minuteMs = 60_000
const dayMs = 86_400_000

/** The instant as the zone's clocks show it, written as if it were UTC; to the second. */
function shifted(at: number, zone: string): number {
  const parts: Record<string, number> = {}
  for (const { type, value } of formatOf(zone).formatToParts(at)) parts[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** How far the zone's clocks are ahead of UTC at an instant. Asked once for each quarter of an hour: no rule is finer. */
const offsets = new Map<string, Map<number, number>>()
export function offsetMs(at: number, zone: string): number {
  let known = offsets.get(zone)
  if (!known) {
    known = new Map()
    offsets.set(zone, known)
  }
  const slot = Math.floor(at / (15 * minuteMs))
  let offset = known.get(slot)
  if (offset === undefined) {
    if (known.size > 20_000) known.clear()
    const begin = slot * 15 * minuteMs
    offset = shifted(begin, zone) - begin
    known.set(slot, offset)
  }
  return offset
}

const asUtc = (local: LocalTime): number => Date.parse(`${local}:00Z`)
const written = (utc: number): LocalTime => new Date(utc).toISOString().slice(0, 16)

export function isLocalTime(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text) &&
    !Number.isNaN(asUtc(text)) &&
    written(asUtc(text)) === text
  )
}

export function toLocal(at: Date | number, zone: string): LocalTime {
  const instant = Number(at)
  return written(instant + offsetMs(instant, zone))
}

export function meaningOf(local: LocalTime, zone: string): Meaning {
  const wall = asUtc(local)
  const candidates = [...new Set([offsetMs(wall - dayMs, zone), offsetMs(wall + dayMs, zone)])]
    .map((offset) => wall - offset)
    .filter((at) => at + offsetMs(at, zone) === wall)
    .sort((a, b) => a - b)
  const [first, second] = candidates
  if (first !== undefined && second !== undefined)
    return { kind: "twice", earlier: new Date(first), later: new Date(second) }
  if (first !== undefined) return { kind: "once", at: new Date(first) }
  // Inside a gap: find where the clocks jump between the day before and the day after.
  const old = offsetMs(wall - dayMs, zone)
  let low = wall - dayMs - old
  let high = wall + dayMs - old
  while (high - low > minuteMs) {
    const middle = Math.floor((low + high) / 2 / minuteMs) * minuteMs
    if (offsetMs(middle, zone) === old) low = middle
    else high = middle
  }
  return { kind: "never", before: written(high - minuteMs + old), after: toLocal(high, zone) }
}

/** The first instant of a day in the zone; where midnight does not exist, what the clocks jump to. */
export function startOfDay(day: Day, zone: string): Date {
  const meaning = meaningOf(`${day}T00:00`, zone)
  if (meaning.kind === "once") return meaning.at
  if (meaning.kind === "twice") return meaning.earlier
  const after = meaningOf(meaning.after, zone)
  return after.kind === "twice"
    ? after.earlier
    : after.kind === "once"
      ? after.at
      : new Date(asUtc(`${day}T00:00`))
}

export const dayOf = (at: Date | number, zone: string): Day => toLocal(at, zone).slice(0, 10)

export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00Z`) + count * dayMs).toISOString().slice(0, 10)
}

/** The same day of another month; the last one where that month is shorter. */
export function addMonths(day: Day, count: number): Day {
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number)
  const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + count, Math.min(date, last))).toISOString().slice(0, 10)
}

/** 0 for Sunday to 6 for Saturday. */
export const weekday = (day: Day): number => new Date(`${day}T00:00Z`).getUTCDay()

/** The first day of the week that holds `day`, where weeks begin on `first`. */
export const startOfWeek = (day: Day, first: number): Day => addDays(day, -((weekday(day) - first + 7) % 7))

/** The four to six whole weeks that show the month of `day`. */
export function monthGrid(day: Day, first: number): Day[] {
  const month = day.slice(0, 7)
  const start = startOfWeek(`${month}-01`, first)
  const weeks = [4, 5].filter((week) => addDays(start, week * 7).startsWith(month)).length + 4
  return Array.from({ length: weeks * 7 }, (_, at) => addDays(start, at))
}

/** On which day weeks begin for whoever reads: by the browser's own region where it is set to this language. */
export function firstWeekday(language: string): number {
  const own = navigator.languages.find((tag) => tag.split("-")[0] === language)
  const locale = new Intl.Locale(own ?? language) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number }
    weekInfo?: { firstDay: number }
  }
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay === 7 ? 0 : 1
}

export type Hour = { hour: number; clock: "once" | "never" | "twice" }

/** The 24 hours of a wall clock, and which of them a day does not have or has twice. */
export function hoursOf(day: Day, zone: string): Hour[] {
  const length = startOfDay(addDays(day, 1), zone).getTime() - startOfDay(day, zone).getTime()
  return Array.from({ length: 24 }, (_, hour) => ({
    hour,
    clock: length === dayMs ? "once" : meaningOf(`${day}T${String(hour).padStart(2, "0")}:30`, zone).kind,
  }))
}
