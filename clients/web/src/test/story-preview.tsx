import type { Decorator, Preview } from "@storybook/react-vite"
import { useEffect, useState } from "react"
import { MemoryRouter } from "react-router"
import { Direction } from "@/atoms/direction"
import { type Catalogue, isLanguage, languages } from "@/i18n/catalogue"
import { de } from "@/i18n/de"
import { en } from "@/i18n/en"
import { createTranslator } from "@/i18n/translator"
import { TranslatorContext, ZoneContext } from "@/i18n/use-i18n"
import "@/i18n/areas/accounts"
import "@/i18n/areas/operations"
import "@/i18n/areas/publish"

const catalogues: Record<keyof typeof languages, Catalogue> = { en, de }

/** What organisms stand on: words, a zone, a router, and the theme and direction of the toolbar. */
const surroundings: Decorator = (Story, { globals }) => {
  const { theme, direction } = globals
  const language = isLanguage(globals.language) ? globals.language : "en"
  const [translators] = useState(() => ({
    en: createTranslator("en", catalogues.en, "en-GB"),
    de: createTranslator("de", catalogues.de),
  }))
  useEffect(() => {
    document.documentElement.dataset.theme = theme === "dark" ? "dark" : "light"
    document.documentElement.dir = direction === "rtl" ? "rtl" : "ltr"
    document.documentElement.lang = language
  }, [theme, direction, language])
  return (
    <TranslatorContext value={translators[language]}>
      <ZoneContext value="Europe/London">
        <MemoryRouter>
          <Direction>
            <Story />
          </Direction>
        </MemoryRouter>
      </ZoneContext>
    </TranslatorContext>
  )
}

type Icon = "mirror" | "globe" | "transfer"
const choice = (name: string, icon: Icon, items: { value: string; title: string }[]) => ({
  description: name,
  toolbar: { title: name, icon, items, dynamicTitle: true },
})

export const preview: Preview = {
  decorators: [surroundings],
  initialGlobals: { theme: "light", language: "en", direction: "ltr" },
  globalTypes: {
    theme: choice("Theme", "mirror", [
      { value: "light", title: "Light" },
      { value: "dark", title: "Dark" },
    ]),
    language: choice(
      "Language",
      "globe",
      Object.entries(languages).map(([value, title]) => ({ value, title })),
    ),
    direction: choice("Direction", "transfer", [
      { value: "ltr", title: "Left to right" },
      { value: "rtl", title: "Right to left" },
    ]),
  },
}
