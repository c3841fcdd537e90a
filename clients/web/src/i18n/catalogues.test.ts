import { IntlMessageFormat } from "intl-messageformat"
import { describe, expect, it } from "vitest"
import { isLanguage, languages, loadCatalogue, type MessageKey } from "./catalogue"
import { en } from "./en"
import { formatMessage, parseMessage } from "./message"
import { createTranslator } from "./translator"

type Part = { type: number; value?: string; options?: Record<string, { value: Part[] }> }

/** The names that a message takes, wherever they stand. */
function placeholders(message: string): string[] {
  const names = new Set<string>()
  const visit = (parts: Part[]) => {
    for (const part of parts) {
      if (part.type !== 0 && part.type !== 7 && part.value) names.add(part.value)
      for (const option of Object.values(part.options ?? {})) visit(option.value)
    }
  }
  visit(new IntlMessageFormat(message, "en", undefined, { ignoreTag: true }).getAst() as Part[])
  return [...names].sort()
}

const keys = Object.keys(en) as MessageKey[]

describe.each(Object.keys(languages).filter(isLanguage))("the catalogue %s", (language) => {
  it("has the same keys as English", async () => {
    expect(Object.keys(await loadCatalogue(language)).sort()).toEqual([...keys].sort())
  })

  it("has the same placeholders as English, and no empty message", async () => {
    const catalogue = await loadCatalogue(language)
    for (const key of keys) {
      expect(catalogue[key].trim(), key).not.toBe("")
      expect(placeholders(catalogue[key]), key).toEqual(placeholders(en[key]))
    }
  })

  it("says what a whole ICU would say, of every message and number", async () => {
    const catalogue = await loadCatalogue(language)
    const formats = { number: new Intl.NumberFormat(language), plural: new Intl.PluralRules(language) }
    for (const key of keys)
      for (const number of [0, 1, 2, 5, 21, 1_234.5]) {
        const names = placeholders(catalogue[key])
        const values = Object.fromEntries(names.map((name) => [name, name === "error" ? "yes" : number]))
        const whole = new IntlMessageFormat(catalogue[key], language, undefined, { ignoreTag: true })
        expect(formatMessage(parseMessage(catalogue[key]), values, formats), key).toBe(whole.format(values))
      }
  })
})

describe("a message", () => {
  const formats = { number: new Intl.NumberFormat("en"), plural: new Intl.PluralRules("en") }
  const cases = [
    "it's {name}, '{name}' and ''{name}''",
    "{n, plural, one {'#' is #} other {# of {m, number}}}",
    "{n, plural, =1 {exactly} other {{kind, select, a {A #} other {else #}}}}",
    "nested {kind, select, a {{n, plural, one {one} other {#}}} other {}} end",
    "an open 'end",
  ]
  it.each(cases)("is read as ICU does: %s", (message) => {
    for (const n of [1, 2, 1_000])
      for (const kind of ["a", "b"]) {
        const values = { n, m: 12, kind, name: "Ada" }
        const whole = new IntlMessageFormat(message, "en", undefined, { ignoreTag: true })
        expect(formatMessage(parseMessage(message), values, formats)).toBe(whole.format(values))
      }
  })

  it.each(["{", "{n", "{n, date}", "{n, plural, one {1}}", "}", "{n, plural, other {}", "{n, number, x}"])(
    "is refused when it is broken: %s",
    (message) => {
      expect(() => parseMessage(message)).toThrow()
    },
  )

  it("wants all its values", () => {
    expect(() => formatMessage(parseMessage("{name}"), {}, formats)).toThrow("{name}")
  })
})

describe("the translator", () => {
  it("knows plurals, numbers and zones", async () => {
    const german = createTranslator("de", await loadCatalogue("de"))
    expect(german.t("common.count_items", { count: 1 })).toBe("1 Eintrag")
    expect(german.t("common.count_items", { count: 1_234 })).toBe("1.234 Einträge")
    const english = createTranslator("en", en)
    expect(english.time(new Date("2026-07-01T12:00:00Z"), "Europe/Berlin")).toMatch(/2:00.PM/)
    expect(english.relative(new Date(60_000 * 5), new Date(0))).toBe("in 5 minutes")
    expect(english.dateTime(new Date(0), "Not/AZone")).toContain("1970")
  })
})
