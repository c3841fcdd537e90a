import { IntlMessageFormat } from "intl-messageformat"
import { describe, expect, it } from "vitest"
import { isLanguage, languages, loadCatalogue, type MessageKey } from "./catalogue"
import { en } from "./en"
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
