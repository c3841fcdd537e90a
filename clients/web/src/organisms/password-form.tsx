import { zodResolver } from "@hookform/resolvers/zod"
import { isProblem } from "@troupe/api"
import { useEffect } from "react"
import { useForm } from "react-hook-form"
import * as z from "zod/mini"
import { Button } from "@/atoms/button"
import { Card, CardBody, CardFooter, CardHeader, CardText, CardTitle } from "@/atoms/card"
import { rules } from "@/i18n/rules"
import { useI18n } from "@/i18n/use-i18n"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { PasswordInput } from "@/molecules/password-input"

export type PasswordChange = { current_password: string; new_password: string }
type Props = {
  email: string
  busy: boolean
  error: unknown
  done: boolean
  onSubmit: (change: PasswordChange) => void
}

export function PasswordForm({ email, busy, error, done, onSubmit }: Props) {
  const { t } = useI18n()
  const rule = rules(t)
  const form = useForm<PasswordChange>({
    resolver: zodResolver(z.object({ current_password: rule.filled(), new_password: rule.password() })),
    defaultValues: { current_password: "", new_password: "" },
  })
  const { reset } = form
  useEffect(() => {
    if (done) reset()
  }, [done, reset])
  const { errors } = form.formState
  return (
    <Card>
      <form noValidate onSubmit={form.handleSubmit((values) => !busy && onSubmit(values))}>
        <CardHeader>
          <div className="grid gap-0.5">
            <CardTitle>{t("password.title")}</CardTitle>
            <CardText>{t("password.text")}</CardText>
          </div>
        </CardHeader>
        <CardBody className="grid max-w-xl gap-4">
          <FormProblem
            error={error}
            text={isProblem(error, "wrong-credentials") ? t("password.wrong") : undefined}
          />
          {/* For password managers: whose password this is. */}
          <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
          <FormField label={t("password.current")} error={errors.current_password?.message}>
            {(control) => (
              <PasswordInput
                {...control}
                autoComplete="current-password"
                {...form.register("current_password")}
              />
            )}
          </FormField>
          <FormField
            label={t("auth.new_password")}
            hint={t("auth.password_hint")}
            error={errors.new_password?.message}
          >
            {(control) => (
              <PasswordInput {...control} autoComplete="new-password" {...form.register("new_password")} />
            )}
          </FormField>
        </CardBody>
        <CardFooter>
          <Button type="submit" busy={busy}>
            {t("password.submit")}
          </Button>
        </CardFooter>
      </form>
    </Card>
  )
}
