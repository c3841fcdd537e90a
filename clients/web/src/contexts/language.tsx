import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react"
import { Direction } from "@/atoms/direction"
import { isLanguage, type Language, loadCatalogue } from "@/i18n/catalogue"
import { en } from "@/i18n/en"
import { createTranslator, type Translator } from "@/i18n/translator"
import { TranslatorContext } from "@/i18n/use-i18n"
import { store, stored } from "@/lib/storage"

type Choice = { language: Language; choose: (language: Language) => void }

const key = "troupe.language"
const LanguageContext = createContext<Choice>({ language: "en", choose: () => undefined })

/** For the day that a catalogue of one of them is added. */
const rightToLeft: ReadonlySet<string> = new Set(["ar", "fa", "he", "ur"])

/** What was chosen here, else the first of the browser's languages that we speak. */
function first(): Language {
  const wanted = [stored(key), ...navigator.languages].map((tag) => tag?.split("-")[0] ?? "")
  return wanted.find(isLanguage) ?? "en"
}

/** The browser's own kind of the language, for dates and numbers. */
function regionOf(language: Language): string {
  return navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language
}

/** Shows nothing until the words are there (English is at once), and keeps the old ones while new ones load. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(first)
  const [translator, setTranslator] = useState<Translator | undefined>(() =>
    language === "en" ? createTranslator("en", en, regionOf("en")) : undefined,
  )

  useEffect(() => {
    let current = true
    loadCatalogue(language).then(
      (catalogue) => current && setTranslator(createTranslator(language, catalogue, regionOf(language))),
      // Offline at the wrong moment: English is better than nothing.
      () => current && setTranslator((shown) => shown ?? createTranslator("en", en, regionOf("en"))),
    )
    return () => {
      current = false
    }
  }, [language])

  useEffect(() => {
    if (!translator) return
    document.documentElement.lang = translator.language
    document.documentElement.dir = rightToLeft.has(translator.language) ? "rtl" : "ltr"
  }, [translator])

  const choice = useMemo<Choice>(
    () => ({
      language,
      choose: (next) => {
        store(key, next)
        setLanguage(next)
      },
    }),
    [language],
  )
  if (!translator) return null
  return (
    <LanguageContext value={choice}>
      <TranslatorContext value={translator}>
        <Direction>{children}</Direction>
      </TranslatorContext>
    </LanguageContext>
  )
}

export function useLanguage(): Choice {
  return useContext(LanguageContext)
}
