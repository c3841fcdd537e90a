import { IntlMessageFormat } from "intl-messageformat"
import type { Catalogue, Language, MessageKey } from "./catalogue"

export type Values = Record<string, string | number | Date>
export type Translate = (key: MessageKey, values?: Values) => string

export type Translator = {
  language: Language
  /** Whose dates: `en-GB` writes them otherwise than `en-US`, in the same words. */
  region: string
  t: Translate
  number: (value: number) => string
  /** "3 Mar 2026, 09:30" in `zone`. */
  dateTime: (at: Date, zone: string) => string
  date: (at: Date, zone: string) => string
  time: (at: Date, zone: string) => string
  /** "in 5 minutes", "yesterday". */
  relative: (at: Date, now: Date) => string
  /** "350 ms", "1.2 s", "3 min". */
  duration: (ms: number) => string
}

const steps = [
  ["second", 1_000, 60],
  ["minute", 60_000, 60],
  ["hour", 3_600_000, 24],
  ["day", 86_400_000, 7],
  ["week", 604_800_000, 5],
  ["month", 2_629_800_000, 12],
  ["year", 31_557_600_000, Number.POSITIVE_INFINITY],
] as const

export function createTranslator(
  language: Language,
  catalogue: Catalogue,
  region: string = language,
): Translator {
  const messages = new Map<MessageKey, IntlMessageFormat>()
  const dates = new Map<string, Intl.DateTimeFormat>()
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" })
  const plain = new Intl.NumberFormat(region)

  function dateFormat(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = `${zone} ${Object.keys(options).join()}`
    let format = dates.get(key)
    if (!format) {
      try {
        format = new Intl.DateTimeFormat(region, { ...options, timeZone: zone })
      } catch {
        // A zone that the server knows and this browser does not.
        format = new Intl.DateTimeFormat(region, { ...options, timeZone: "UTC" })
      }
      dates.set(key, format)
    }
    return format
  }

  function unit(value: number, name: string): string {
    const maximumFractionDigits = value < 10 ? 1 : 0
    return new Intl.NumberFormat(region, {
      style: "unit",
      unit: name,
      unitDisplay: "short",
      maximumFractionDigits,
    }).format(value)
  }

  return {
    language,
    region,
    t(key, values) {
      const message = catalogue[key]
      if (!values && !message.includes("{")) return message
      let format = messages.get(key)
      if (!format) {
        // What stands in words follows the words: a German text on an English machine still says 1.234.
        format = new IntlMessageFormat(message, language, undefined, { ignoreTag: true })
        messages.set(key, format)
      }
      return String(format.format(values))
    },
    number: (value) => plain.format(value),
    dateTime: (at, zone) => dateFormat(zone, { dateStyle: "medium", timeStyle: "short" }).format(at),
    date: (at, zone) => dateFormat(zone, { dateStyle: "medium" }).format(at),
    time: (at, zone) => dateFormat(zone, { timeStyle: "short" }).format(at),
    relative(at, now) {
      const ms = at.getTime() - now.getTime()
      for (const [name, size, below] of steps) {
        const value = Math.trunc(ms / size)
        if (Math.abs(value) < below) return relative.format(value, name)
      }
      return ""
    },
    duration(ms) {
      if (ms < 1_000) return unit(Math.max(0, Math.round(ms)), "millisecond")
      if (ms < 60_000) return unit(ms / 1_000, "second")
      if (ms < 3_600_000) return unit(ms / 60_000, "minute")
      return unit(ms / 3_600_000, "hour")
    },
  }
}
