import { createContext, useContext } from "react"
import { en } from "./en"
import { createTranslator, type Translator } from "./translator"

/** Filled by contexts/language.tsx. English until then, so that a component alone in a test speaks too. */
export const TranslatorContext = createContext<Translator>(createTranslator("en", en))

/** The zone in which times are read and written: the workspace's. Filled by contexts/workspace.tsx. */
export const ZoneContext = createContext<string>("UTC")

/** `const { t } = useI18n()`; `t("area.key", { count })`. */
export function useI18n(): Translator & { zone: string } {
  const translator = useContext(TranslatorContext)
  const zone = useContext(ZoneContext)
  return { ...translator, zone }
}
