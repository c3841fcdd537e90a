import type { User } from "@troupe/api"
import { Languages, LogOut, Monitor, Moon, Sun } from "lucide-react"
import { Avatar } from "@/atoms/avatar"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/atoms/dropdown-menu"
import { isLanguage, type Language, languages } from "@/i18n/catalogue"
import { useI18n } from "@/i18n/use-i18n"

type ThemeChoice = "light" | "dark" | "system"
const themes = [
  { value: "light", icon: Sun },
  { value: "dark", icon: Moon },
  { value: "system", icon: Monitor },
] as const

type Props = {
  user: User
  theme: ThemeChoice
  onTheme: (theme: ThemeChoice) => void
  language: Language
  onLanguage: (language: Language) => void
  onSignOut: () => void
  /** The phone shows the picture alone. */
  compact?: boolean
}

export function UserMenu({ user, theme, onTheme, language, onLanguage, onSignOut, compact }: Props) {
  const { t } = useI18n()
  return (
    <DropdownMenu>
      <DropdownMenuTrigger
        aria-label={t("shell.user_menu", { name: user.display_name })}
        className="flex w-full min-w-0 cursor-pointer items-center gap-2.5 rounded-md p-1.5 text-start hover:bg-sunken data-[state=open]:bg-sunken"
      >
        <Avatar name={user.display_name} />
        {!compact && (
          <span className="grid min-w-0">
            <span className="truncate font-medium text-sm" dir="auto">
              {user.display_name}
            </span>
            <span className="truncate text-ink-muted text-xs">{user.email}</span>
          </span>
        )}
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end" collisionPadding={12}>
        <DropdownMenuLabel>{user.email}</DropdownMenuLabel>
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
        <DropdownMenuRadioGroup
          value={language}
          onValueChange={(next) => isLanguage(next) && onLanguage(next)}
        >
          {Object.entries(languages).map(([tag, name]) => (
            <DropdownMenuRadioItem key={tag} value={tag} lang={tag}>
              <Languages aria-hidden />
              {name}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={onSignOut}>
          <LogOut aria-hidden className="rtl:rotate-180" />
          {t("shell.sign_out")}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
