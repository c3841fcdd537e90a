import { isProblem, type Schedule } from "@troupe/api"
import { Button } from "@/atoms/button"
import { DateInput, TimeInput } from "@/atoms/input"
import { RadioGroup, RadioItem } from "@/atoms/radio-group"
import { useI18n } from "@/i18n/use-i18n"
import { localTimeZone } from "@/lib/time-zones"
import { isLocalTime, meaningOf, offsetMs, toLocal } from "@/lib/wall-clock"
import { FormField } from "@/molecules/form-field"
import { Notice } from "@/molecules/notice"

/** A wall-clock time as it is being typed, and which one is meant where it happens twice. */
export type When = { date: string; time: string; choice?: "earlier" | "later" }

export const whenOf = (at: Date | number, zone: string): When => {
  const local = toLocal(at, zone)
  return { date: local.slice(0, 10), time: local.slice(11) }
}

const localOf = ({ date, time }: When) => `${date}T${time.slice(0, 5)}`

/** The instant that is meant, once it is clear. */
export function instantOf(when: When, zone: string): Date | undefined {
  const local = localOf(when)
  if (!isLocalTime(local)) return undefined
  const meaning = meaningOf(local, zone)
  if (meaning.kind === "once") return meaning.at
  return meaning.kind === "twice" && when.choice ? meaning[when.choice] : undefined
}

/** As the API takes it: wall clock and zone, so that the node decides what it means. */
export function scheduleOf(when: When, zone: string): Schedule {
  return { local: localOf(when), zone, ...(when.choice ? { if_ambiguous: when.choice } : {}) }
}

/** "UTC+02:00". */
function offsetName(at: Date, zone: string): string {
  const minutes = Math.round(offsetMs(at.getTime(), zone) / 60_000)
  const part = (value: number) => String(Math.floor(value)).padStart(2, "0")
  return `UTC${minutes < 0 ? "−" : "+"}${part(Math.abs(minutes) / 60)}:${part(Math.abs(minutes) % 60)}`
}

/** The two neighbours of a gap that the node found and this browser did not know of. */
function neighboursIn(error: unknown): string[] {
  if (!isProblem(error, "nonexistent-time")) return []
  const times = error.detail?.match(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/g) ?? []
  return times.slice(-2)
}

type Props = {
  value: When
  onChange: (value: When) => void
  /** Why the node did not take it. */
  error?: unknown
  /** Say what is missing or over; false until the person tried. */
  strict?: boolean
  now: Date
}

/** Date and time on the workspace's wall clock; explains days on which clocks are set, and says what it is in UTC and here. */
export function WhenFields({ value, onChange, error, strict, now }: Props) {
  const { t, zone, dateTime, date: showDate } = useI18n()
  const local = localOf(value)
  const meaning = isLocalTime(local) ? meaningOf(local, zone) : undefined
  const at = instantOf(value, zone)
  const own = localTimeZone()
  const over = at !== undefined && at <= now
  const unknownGap = neighboursIn(error)
  const ways = meaning?.kind === "never" ? [meaning.before, meaning.after] : unknownGap
  const wrong = over ? t("when.past") : strict && meaning === undefined ? t("when.missing") : undefined
  const pick = (to: string) => onChange({ date: to.slice(0, 10), time: to.slice(11) })
  return (
    <div className="grid gap-3">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3 sm:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <FormField label={t("when.date")} error={wrong}>
          {(control) => (
            <DateInput
              {...control}
              value={value.date}
              onChange={(event) => onChange({ ...value, date: event.target.value, choice: undefined })}
            />
          )}
        </FormField>
        <FormField label={t("when.time")}>
          {(control) => (
            <TimeInput
              {...control}
              value={value.time}
              onChange={(event) => onChange({ ...value, time: event.target.value, choice: undefined })}
            />
          )}
        </FormField>
      </div>
      {ways.length === 2 && (
        <Notice tone="warn" title={t("when.gap", { time: value.time, zone })}>
          <p>{t("when.gap_text")}</p>
          <div className="mt-2 flex flex-wrap gap-2">
            {ways.map((way) => (
              <Button key={way} variant="secondary" size="sm" onClick={() => pick(way)}>
                {way.slice(0, 10) === value.date
                  ? way.slice(11)
                  : `${showDate(new Date(`${way}Z`), "UTC")} ${way.slice(11)}`}
              </Button>
            ))}
          </div>
        </Notice>
      )}
      {meaning?.kind === "twice" && (
        <Notice tone="warn" title={t("when.twice", { time: value.time, zone })}>
          <p id="when-twice">{t("when.twice_text")}</p>
          <RadioGroup
            aria-labelledby="when-twice"
            value={value.choice ?? ""}
            onValueChange={(choice) =>
              (choice === "earlier" || choice === "later") && onChange({ ...value, choice })
            }
          >
            <RadioItem value="earlier">
              {t("when.earlier", { offset: offsetName(meaning.earlier, zone) })}
            </RadioItem>
            <RadioItem value="later">
              {t("when.later", { offset: offsetName(meaning.later, zone) })}
            </RadioItem>
          </RadioGroup>
        </Notice>
      )}
      <div className="tabular grid gap-0.5 text-ink-muted text-sm">
        <p>{t("when.zone", { zone })}</p>
        {at && zone !== "UTC" && <p>{t("when.utc", { when: dateTime(at, "UTC") })}</p>}
        {at && own !== zone && own !== "UTC" && <p>{t("when.own", { when: dateTime(at, own) })}</p>}
      </div>
    </div>
  )
}
