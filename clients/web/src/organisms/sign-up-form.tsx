import { zodResolver } from "@hookform/resolvers/zod"
import { isProblem } from "@troupe/api"
import { useForm } from "react-hook-form"
import * as z from "zod/mini"
import { Button } from "@/atoms/button"
import { Input } from "@/atoms/input"
import { rules } from "@/i18n/rules"
import { useI18n } from "@/i18n/use-i18n"
import { localTimeZone } from "@/lib/time-zones"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { PasswordInput } from "@/molecules/password-input"
import { ZoneSelect } from "@/molecules/zone-select"

export type NewUser = {
  display_name: string
  email: string
  password: string
  workspace: string
  time_zone: string
}

type Props = { busy: boolean; error: unknown; onSubmit: (user: NewUser) => void }

export function SignUpForm({ busy, error, onSubmit }: Props) {
  const { t } = useI18n()
  const rule = rules(t)
  const form = useForm<NewUser>({
    resolver: zodResolver(
      z.object({
        display_name: rule.name(),
        email: rule.email(),
        password: rule.password(),
        workspace: rule.name(),
        time_zone: rule.filled(),
      }),
    ),
    defaultValues: { display_name: "", email: "", password: "", workspace: "", time_zone: localTimeZone() },
  })
  const { errors } = form.formState
  const why = isProblem(error, "forbidden")
    ? t("sign_up.closed")
    : isProblem(error, "already-exists")
      ? t("sign_up.exists")
      : undefined
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={form.handleSubmit((values) => !busy && onSubmit(values))}
    >
      <FormProblem error={error} text={why} />
      <FormField label={t("auth.name")} error={errors.display_name?.message}>
        {(control) => <Input {...control} autoComplete="name" {...form.register("display_name")} />}
      </FormField>
      <FormField label={t("auth.email")} error={errors.email?.message}>
        {(control) => <Input {...control} type="email" autoComplete="username" {...form.register("email")} />}
      </FormField>
      <FormField label={t("auth.password")} hint={t("auth.password_hint")} error={errors.password?.message}>
        {(control) => (
          <PasswordInput {...control} autoComplete="new-password" {...form.register("password")} />
        )}
      </FormField>
      <FormField
        label={t("auth.workspace_name")}
        hint={t("auth.workspace_hint")}
        error={errors.workspace?.message}
      >
        {(control) => <Input {...control} autoComplete="organization" {...form.register("workspace")} />}
      </FormField>
      <FormField
        label={t("auth.time_zone")}
        hint={t("auth.time_zone_hint")}
        error={errors.time_zone?.message}
      >
        {(control) => <ZoneSelect {...control} also={localTimeZone()} {...form.register("time_zone")} />}
      </FormField>
      <Button type="submit" size="lg" busy={busy}>
        {t("sign_up.submit")}
      </Button>
    </form>
  )
}
