import { zodResolver } from "@hookform/resolvers/zod"
import { useForm } from "react-hook-form"
import * as z from "zod/mini"
import { Button } from "@/atoms/button"
import { Input } from "@/atoms/input"
import { rules } from "@/i18n/rules"
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

export function SignInForm({ email, busy, error, onSubmit }: Props) {
  const { t } = useI18n()
  const rule = rules(t)
  const form = useForm<Credentials>({
    resolver: zodResolver(z.object({ email: rule.email(), password: rule.filled() })),
    defaultValues: { email: email ?? "", password: "" },
  })
  const { errors } = form.formState
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={form.handleSubmit((values) => !busy && onSubmit(values))}
    >
      <FormProblem error={error} />
      <FormField label={t("auth.email")} error={errors.email?.message}>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="username"
            readOnly={email !== undefined}
            {...form.register("email")}
          />
        )}
      </FormField>
      <FormField label={t("auth.password")} error={errors.password?.message}>
        {(control) => (
          <PasswordInput {...control} autoComplete="current-password" {...form.register("password")} />
        )}
      </FormField>
      <Button type="submit" size="lg" busy={busy}>
        {t("sign_in.submit")}
      </Button>
    </form>
  )
}
