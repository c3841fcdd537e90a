import type { en } from "./en"

export type MessageKey = keyof typeof en
export type Catalogue = Record<MessageKey, string>

/** What a translated area must have: the keys of the English one, no more and no less. */
export type Same<Source> = Record<keyof Source, string>

export const languages = { en: "English", de: "Deutsch" } as const
export type Language = keyof typeof languages

export function isLanguage(tag: string): tag is Language {
  return tag in languages
}

/** English is at hand from the start; every other language is fetched when it is chosen. */
export async function loadCatalogue(language: Language): Promise<Catalogue> {
  switch (language) {
    case "en":
      return (await import("./en")).en
    case "de":
      return (await import("./de")).de
  }
}
