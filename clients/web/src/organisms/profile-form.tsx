import { zodResolver } from "@hookform/resolvers/zod"
import type { User } from "@troupe/api"
import { useForm } from "react-hook-form"
import * as z from "zod/mini"
import { Button } from "@/atoms/button"
import { Card, CardBody, CardFooter, CardHeader, CardText, CardTitle } from "@/atoms/card"
import { Input } from "@/atoms/input"
import { rules } from "@/i18n/rules"
import { useI18n } from "@/i18n/use-i18n"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { Notice } from "@/molecules/notice"

type Values = { display_name: string }
type Props = {
  user: User
  busy: boolean
  error: unknown
  /** What the node has now, when it was changed elsewhere since `user` was read. */
  theirs?: User
  onTakeTheirs?: () => void
  onSubmit: (displayName: string) => void
}

export function ProfileForm({ user, busy, error, theirs, onTakeTheirs, onSubmit }: Props) {
  const { t, date, zone } = useI18n()
  const form = useForm<Values>({
    resolver: zodResolver(z.object({ display_name: rules(t).name() })),
    values: { display_name: user.display_name },
    resetOptions: { keepDirtyValues: true },
  })
  return (
    <Card>
      <form
        noValidate
        onSubmit={form.handleSubmit(({ display_name }) => !busy && onSubmit(display_name.trim()))}
      >
        <CardHeader>
          <div className="grid gap-0.5">
            <CardTitle>{t("profile.title")}</CardTitle>
            <CardText>{t("profile.text")}</CardText>
          </div>
        </CardHeader>
        <CardBody className="grid max-w-xl gap-4">
          {theirs ? (
            <Notice tone="warn" title={t("profile.conflict")}>
              <p>{t("profile.conflict_text", { name: theirs.display_name })}</p>
              <Button
                variant="secondary"
                size="sm"
                className="mt-1 w-fit"
                onClick={() => {
                  form.reset({ display_name: theirs.display_name })
                  onTakeTheirs?.()
                }}
              >
                {t("workspace.take_theirs")}
              </Button>
            </Notice>
          ) : (
            <FormProblem error={error} />
          )}
          <FormField label={t("auth.name")} error={form.formState.errors.display_name?.message}>
            {(control) => <Input {...control} autoComplete="name" {...form.register("display_name")} />}
          </FormField>
          <FormField
            label={t("auth.email")}
            hint={t("profile.since", { date: date(new Date(user.created_at), zone) })}
          >
            {(control) => <Input {...control} readOnly value={user.email} />}
          </FormField>
        </CardBody>
        <CardFooter>
          <Button type="submit" busy={busy}>
            {t("common.save")}
          </Button>
        </CardFooter>
      </form>
    </Card>
  )
}
