import { zodResolver } from "@hookform/resolvers/zod"
import { useForm } from "react-hook-form"
import * as z from "zod/mini"
import { Dialog, DialogContent } from "@/atoms/dialog"
import { Input } from "@/atoms/input"
import { rules } from "@/i18n/rules"
import { useI18n } from "@/i18n/use-i18n"
import { localTimeZone } from "@/lib/time-zones"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { SubmitActions } from "@/molecules/submit-actions"
import { ZoneSelect } from "@/molecules/zone-select"

export type NewWorkspace = { name: string; time_zone: string }

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  busy: boolean
  error: unknown
  onSubmit: (workspace: NewWorkspace) => void
}

export function NewWorkspaceDialog({ open, onOpenChange, busy, error, onSubmit }: Props) {
  const { t } = useI18n()
  const rule = rules(t)
  const form = useForm<NewWorkspace>({
    resolver: zodResolver(z.object({ name: rule.name(), time_zone: rule.filled() })),
    defaultValues: { name: "", time_zone: localTimeZone() },
  })
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent
        title={t("new_workspace.title")}
        description={t("new_workspace.text")}
        closeLabel={t("common.close")}
      >
        <form
          noValidate
          className="grid gap-4"
          onSubmit={form.handleSubmit((values) => !busy && onSubmit(values))}
        >
          <FormProblem error={error} />
          <FormField label={t("workspace.name")} error={form.formState.errors.name?.message}>
            {(control) => <Input {...control} {...form.register("name")} />}
          </FormField>
          <FormField label={t("auth.time_zone")} hint={t("auth.time_zone_hint")}>
            {(control) => <ZoneSelect {...control} also={localTimeZone()} {...form.register("time_zone")} />}
          </FormField>
          <SubmitActions busy={busy}>{t("new_workspace.submit")}</SubmitActions>
        </form>
      </DialogContent>
    </Dialog>
  )
}
