import { type FormEvent, useState } from "react"
import { Button } from "@/atoms/button"
import { Input } from "@/atoms/input"
import { useI18n } from "@/i18n/use-i18n"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { PasswordInput } from "@/molecules/password-input"

export type Credentials = { email: string; password: string }

type Props = {
  /** Known already: only the password is asked for. */
  email?: string
  busy: boolean
  error: unknown
  onSubmit: (credentials: Credentials) => void
}

/** Two fields, without the libraries of the larger forms: most people's first page. */
export function SignInForm({ email, busy, error, onSubmit }: Props) {
  const { t } = useI18n()
  const [typed, setTyped] = useState<Credentials>({ email: email ?? "", password: "" })
  const [tried, setTried] = useState(false)
  const address = typed.email.trim()
  const wrong = {
    email: address === "" ? t("field.required") : looksLikeAddress(address) ? undefined : t("field.email"),
    password: typed.password === "" ? t("field.required") : undefined,
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (busy) return
    setTried(true)
    const first = wrong.email ? "email" : wrong.password ? "password" : undefined
    const field = first && event.currentTarget.elements.namedItem(first)
    if (field instanceof HTMLElement) field.focus()
    if (!first) onSubmit({ email: address, password: typed.password })
  }

  return (
    <form noValidate className="grid gap-4" onSubmit={submit}>
      <FormProblem error={error} />
      <FormField label={t("auth.email")} error={tried ? wrong.email : undefined}>
        {(control) => (
          <Input
            {...control}
            name="email"
            type="email"
            autoComplete="username"
            readOnly={email !== undefined}
            value={typed.email}
            onChange={(event) => setTyped({ ...typed, email: event.target.value })}
          />
        )}
      </FormField>
      <FormField label={t("auth.password")} error={tried ? wrong.password : undefined}>
        {(control) => (
          <PasswordInput
            {...control}
            name="password"
            autoComplete="current-password"
            value={typed.password}
            onChange={(event) => setTyped({ ...typed, password: event.target.value })}
          />
        )}
      </FormField>
      <Button type="submit" size="lg" busy={busy}>
        {t("sign_in.submit")}
      </Button>
    </form>
  )
}

/** Only what is surely a slip; the node knows the rest. */
function looksLikeAddress(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text)
}
