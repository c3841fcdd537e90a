import { Languages, LogOut, Monitor, Moon, Sun } from "lucide-react"
import {
  AnchoredMenu,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
} from "@/atoms/dropdown-menu"
import type { MenuOf } from "@/atoms/menu-button"
import { isLanguage, type Language, languages } from "@/i18n/catalogue"
import { useI18n } from "@/i18n/use-i18n"

export type ThemeChoice = "light" | "dark" | "system"
const themes = [
  { value: "light", icon: Sun },
  { value: "dark", icon: Moon },
  { value: "system", icon: Monitor },
] as const

export type UserMenuOf = {
  email: string
  name: string
  theme: ThemeChoice
  onTheme: (theme: ThemeChoice) => void
  language: Language
  onLanguage: (language: Language) => void
  onSignOut: () => void
}

export function UserMenuList(props: UserMenuOf & MenuOf) {
  const { email, name, theme, onTheme, language, onLanguage, onSignOut, ...menu } = props
  const { t } = useI18n()
  return (
    <AnchoredMenu {...menu} label={t("shell.user_menu", { name })} align="end" collisionPadding={12}>
      <DropdownMenuLabel>{email}</DropdownMenuLabel>
      <DropdownMenuSeparator />
      <DropdownMenuLabel>{t("shell.theme")}</DropdownMenuLabel>
      <DropdownMenuRadioGroup
        value={theme}
        onValueChange={(next) => {
          const chosen = themes.find((one) => one.value === next)
          if (chosen) onTheme(chosen.value)
        }}
      >
        {themes.map(({ value, icon: Icon }) => (
          <DropdownMenuRadioItem key={value} value={value}>
            <Icon aria-hidden />
            {t(`shell.theme_${value}`)}
          </DropdownMenuRadioItem>
        ))}
      </DropdownMenuRadioGroup>
      <DropdownMenuSeparator />
      <DropdownMenuLabel>{t("shell.language")}</DropdownMenuLabel>
      <DropdownMenuRadioGroup value={language} onValueChange={(next) => isLanguage(next) && onLanguage(next)}>
        {Object.entries(languages).map(([tag, title]) => (
          <DropdownMenuRadioItem key={tag} value={tag} lang={tag}>
            <Languages aria-hidden />
            {title}
          </DropdownMenuRadioItem>
        ))}
      </DropdownMenuRadioGroup>
      <DropdownMenuSeparator />
      <DropdownMenuItem onSelect={onSignOut}>
        <LogOut aria-hidden className="rtl:rotate-180" />
        {t("shell.sign_out")}
      </DropdownMenuItem>
    </AnchoredMenu>
  )
}
