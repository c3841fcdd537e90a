import { zodResolver } from "@hookform/resolvers/zod"
import type { CreatedInvite, InviteRole } from "@troupe/api"
import { UserPlus } from "lucide-react"
import { useForm } from "react-hook-form"
import * as z from "zod/mini"
import { Button } from "@/atoms/button"
import { Dialog, DialogContent, DialogTrigger } from "@/atoms/dialog"
import { Input } from "@/atoms/input"
import { RadioGroup, RadioItem } from "@/atoms/radio-group"
import { useI18n } from "@/i18n/use-i18n"
import { CopyButton } from "@/molecules/copy-button"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { SubmitActions } from "@/molecules/submit-actions"

const roles = ["admin", "editor", "viewer"] as const

type Values = { email: string; role: InviteRole }
type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  busy: boolean
  error: unknown
  /** The link, once it is made. */
  created: CreatedInvite | undefined
  onSubmit: (values: { role: InviteRole; email: string | null }) => void
}

export function InviteDialog({ open, onOpenChange, busy, error, created, onSubmit }: Props) {
  const { t } = useI18n()
  const form = useForm<Values>({
    resolver: zodResolver(
      z.object({
        email: z.union([z.literal(""), z.string().check(z.email({ error: t("field.email") }))], {
          error: t("field.email"),
        }),
        role: z.enum(roles),
      }),
    ),
    defaultValues: { email: "", role: "editor" },
  })
  const role = form.watch("role")
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (next) form.reset()
        onOpenChange(next)
      }}
    >
      <DialogTrigger asChild>
        <Button size="sm">
          <UserPlus aria-hidden />
          {t("invites.new")}
        </Button>
      </DialogTrigger>
      {created ? (
        <DialogContent
          title={t("invites.link")}
          description={t("invites.link_text")}
          closeLabel={t("common.close")}
        >
          <div className="flex gap-2">
            <Input
              aria-label={t("invites.link")}
              readOnly
              value={created.url}
              className="font-mono text-sm"
              onFocus={(event) => event.target.select()}
            />
            <CopyButton text={created.url} />
          </div>
        </DialogContent>
      ) : (
        <DialogContent
          title={t("invites.new")}
          description={t("invites.new_text")}
          closeLabel={t("common.close")}
        >
          <form
            noValidate
            className="grid gap-4"
            onSubmit={form.handleSubmit(
              (values) => !busy && onSubmit({ role: values.role, email: values.email || null }),
            )}
          >
            <FormProblem error={error} />
            <RadioGroup
              aria-label={t("members.role")}
              value={role}
              onValueChange={(next) => {
                const chosen = roles.find((one) => one === next)
                if (chosen) form.setValue("role", chosen)
              }}
            >
              {roles.map((one) => (
                <RadioItem key={one} value={one}>
                  <span className="grid gap-0.5">
                    <span className="font-medium">{t(`role.${one}`)}</span>
                    <span className="opacity-90">{t(`role.${one}_text`)}</span>
                  </span>
                </RadioItem>
              ))}
            </RadioGroup>
            <FormField
              label={t("invites.email")}
              hint={t("invites.email_hint")}
              error={form.formState.errors.email?.message}
              optional
            >
              {(control) => (
                <Input {...control} type="email" autoComplete="off" {...form.register("email")} />
              )}
            </FormField>
            <SubmitActions busy={busy}>{t("invites.create")}</SubmitActions>
          </form>
        </DialogContent>
      )}
    </Dialog>
  )
}
