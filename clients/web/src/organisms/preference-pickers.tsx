import { Monitor, Moon, Sun } from "lucide-react"
import { RadioGroup, RadioItem } from "@/atoms/radio-group"
import { isLanguage, type Language, languages } from "@/i18n/catalogue"
import { useI18n } from "@/i18n/use-i18n"

const themes = [
  { value: "light", icon: Sun },
  { value: "dark", icon: Moon },
  { value: "system", icon: Monitor },
] as const
type ThemeValue = (typeof themes)[number]["value"]

export function ThemePicker(props: { value: ThemeValue; onChange: (value: ThemeValue) => void }) {
  const { t } = useI18n()
  return (
    <RadioGroup
      aria-label={t("shell.theme")}
      className="sm:grid-cols-[repeat(auto-fill,minmax(10.5rem,1fr))]"
      value={props.value}
      onValueChange={(next) => {
        const theme = themes.find((one) => one.value === next)
        if (theme) props.onChange(theme.value)
      }}
    >
      {themes.map(({ value, icon: Icon }) => (
        <RadioItem key={value} value={value}>
          <Icon aria-hidden className="size-4 shrink-0" />
          {t(`shell.theme_${value}`)}
        </RadioItem>
      ))}
    </RadioGroup>
  )
}

export function LanguagePicker(props: { value: Language; onChange: (value: Language) => void }) {
  const { t } = useI18n()
  return (
    <RadioGroup
      aria-label={t("shell.language")}
      className="sm:grid-cols-[repeat(auto-fill,minmax(10.5rem,1fr))]"
      value={props.value}
      onValueChange={(next) => isLanguage(next) && props.onChange(next)}
    >
      {Object.entries(languages).map(([tag, name]) => (
        <RadioItem key={tag} value={tag} lang={tag}>
          {name}
        </RadioItem>
      ))}
    </RadioGroup>
  )
}
