import { Eye, EyeOff } from "lucide-react"
import { type ComponentProps, useState } from "react"
import { Input } from "@/atoms/input"
import { useI18n } from "@/i18n/use-i18n"

export function PasswordInput(props: Omit<ComponentProps<"input">, "type">) {
  const { t } = useI18n()
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <span className="relative block">
      <Input {...props} type={shown ? "text" : "password"} className="pe-11" />
      <button
        type="button"
        aria-label={t(shown ? "field.hide_password" : "field.show_password")}
        onClick={() => setShown(!shown)}
        className="absolute inset-e-1 top-1 inline-flex size-8 cursor-pointer items-center justify-center rounded-sm text-ink-muted hover:bg-sunken hover:text-ink"
      >
        <Icon aria-hidden className="size-4" />
      </button>
    </span>
  )
}
