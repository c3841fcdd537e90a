import { zodResolver } from "@hookform/resolvers/zod"
import type { Workspace } from "@troupe/api"
import { useForm } from "react-hook-form"
import * as z from "zod/mini"
import { Button } from "@/atoms/button"
import { Card, CardBody, CardFooter, CardHeader, CardText, CardTitle } from "@/atoms/card"
import { Input } from "@/atoms/input"
import { Select } from "@/atoms/select"
import { rules } from "@/i18n/rules"
import { useI18n } from "@/i18n/use-i18n"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { Notice } from "@/molecules/notice"
import { ZoneSelect } from "@/molecules/zone-select"

export type WorkspaceValues = { name: string; time_zone: string; max_lateness_s: string }

const latenesses = [300, 900, 3_600, 21_600, 86_400, 604_800]

type Props = {
  workspace: Workspace
  readOnly: boolean
  busy: boolean
  error: unknown
  /** What the node has now, when someone else changed it since `workspace` was read. */
  theirs?: Workspace
  onTakeTheirs?: () => void
  onSubmit: (values: { name: string; time_zone: string; max_lateness_s: number }) => void
}

export function WorkspaceForm({ workspace, readOnly, busy, error, theirs, onTakeTheirs, onSubmit }: Props) {
  const { t } = useI18n()
  const rule = rules(t)
  const form = useForm<WorkspaceValues>({
    resolver: zodResolver(
      z.object({ name: rule.name(), time_zone: rule.filled(), max_lateness_s: rule.filled() }),
    ),
    values: {
      name: workspace.name,
      time_zone: workspace.time_zone,
      max_lateness_s: String(workspace.max_lateness_s),
    },
    resetOptions: { keepDirtyValues: true },
  })
  const { errors } = form.formState
  const choices = [...new Set([...latenesses, workspace.max_lateness_s])].sort((a, b) => a - b)

  function lateness(seconds: number): string {
    if (seconds % 86_400 === 0) return t("workspace.days", { count: seconds / 86_400 })
    if (seconds % 3_600 === 0) return t("workspace.hours", { count: seconds / 3_600 })
    return t("workspace.minutes", { count: Math.round(seconds / 60) })
  }

  return (
    <Card>
      <form
        noValidate
        onSubmit={form.handleSubmit(
          (values) =>
            !busy &&
            onSubmit({ ...values, name: values.name.trim(), max_lateness_s: Number(values.max_lateness_s) }),
        )}
      >
        <CardHeader>
          <div className="grid gap-0.5">
            <CardTitle>{t("workspace.title")}</CardTitle>
            <CardText>{t("workspace.text", { name: workspace.name })}</CardText>
          </div>
        </CardHeader>
        <CardBody className="grid max-w-xl gap-4">
          {theirs ? (
            <Notice tone="warn" title={t("workspace.conflict")}>
              <p>{t("workspace.conflict_text", { name: theirs.name, zone: theirs.time_zone })}</p>
              <Button
                variant="secondary"
                size="sm"
                className="mt-1 w-fit"
                onClick={() => {
                  form.reset({
                    name: theirs.name,
                    time_zone: theirs.time_zone,
                    max_lateness_s: String(theirs.max_lateness_s),
                  })
                  onTakeTheirs?.()
                }}
              >
                {t("workspace.take_theirs")}
              </Button>
            </Notice>
          ) : (
            <FormProblem error={error} />
          )}
          {readOnly && <Notice tone="info">{t("workspace.read_only")}</Notice>}
          <FormField label={t("workspace.name")} error={errors.name?.message}>
            {(control) => <Input {...control} readOnly={readOnly} {...form.register("name")} />}
          </FormField>
          <FormField
            label={t("auth.time_zone")}
            hint={t("auth.time_zone_hint")}
            error={errors.time_zone?.message}
          >
            {(control) => (
              <ZoneSelect
                {...control}
                also={workspace.time_zone}
                disabled={readOnly}
                {...form.register("time_zone")}
              />
            )}
          </FormField>
          <FormField label={t("workspace.lateness")} hint={t("workspace.lateness_hint")}>
            {(control) => (
              <Select {...control} disabled={readOnly} {...form.register("max_lateness_s")}>
                {choices.map((seconds) => (
                  <option key={seconds} value={seconds}>
                    {lateness(seconds)}
                  </option>
                ))}
              </Select>
            )}
          </FormField>
        </CardBody>
        {!readOnly && (
          <CardFooter>
            <Button type="submit" busy={busy}>
              {t("common.save")}
            </Button>
          </CardFooter>
        )}
      </form>
    </Card>
  )
}
