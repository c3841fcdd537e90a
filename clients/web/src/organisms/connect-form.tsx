import { zodResolver } from "@hookform/resolvers/zod"
import { type ApiProblem, isProblem, type Platform } from "@troupe/api"
import { ExternalLink } from "lucide-react"
import { type ReactNode, useEffect, useMemo, useState } from "react"
import { type FieldErrors, useForm } from "react-hook-form"
import * as z from "zod/mini"
import { Button } from "@/atoms/button"
import { DialogActions } from "@/atoms/dialog"
import { Input } from "@/atoms/input"
import { Select } from "@/atoms/select"
import { connectProblem, fieldHelp, fieldLabel } from "@/i18n/connect-words"
import { useI18n } from "@/i18n/use-i18n"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { PasswordInput } from "@/molecules/password-input"

type Values = Record<string, string>
type ConnectField = Platform["fields"][number]

type Props = {
  platform: Platform
  /** Connecting the same account once more. */
  again: boolean
  busy: boolean
  error: unknown
  /** What was typed before the person looked at another network. */
  typed: Values | undefined
  onTyped: (values: Values) => void
  back: ReactNode
  onSubmit: (fields: Values) => void
}

/** The sandbox lists what it can play in the help of its field, after the colon. */
function choicesOf(platform: Platform, field: ConnectField): string[] {
  if (platform.id !== "sandbox" || field.name !== "behaviour") return []
  return (field.help.split(":")[1] ?? "").match(/[a-z0-9-]+/g) ?? []
}

/** A network that looked at all fields together names the one it did not like: "handle: too long". */
function refusal(error: ApiProblem, name: string): string | undefined {
  const detail = error.field("/fields")?.detail
  return detail?.startsWith(`${name}: `) ? detail.slice(name.length + 2) : undefined
}

/** What one network asks for, as it describes it. Optional fields are folded away; a mistake in one unfolds them. */
export function ConnectForm({ platform, again, busy, error, typed, onTyped, back, onSubmit }: Props) {
  const { t } = useI18n()
  const oauth = platform.connect === "oauth"
  // Where a person signs in on the network, a secret typed here would go nowhere.
  const fields = useMemo(() => platform.fields.filter((field) => !(oauth && field.secret)), [platform, oauth])
  const schema = useMemo(
    () =>
      z.object(
        Object.fromEntries(
          fields.map((field) => [
            field.name,
            z.string().check(
              z.refine((value) => !field.required || value.trim() !== "", { error: t("field.required") }),
              z.maxLength(4_096, { error: t("field.too_long", { count: 4_096 }) }),
            ),
          ]),
        ),
      ),
    [fields, t],
  )
  const form = useForm<Values>({
    resolver: zodResolver(schema),
    defaultValues: { ...Object.fromEntries(fields.map(({ name }) => [name, ""])), ...typed },
  })
  const { setError, setFocus } = form
  const first = (fields.find((field) => field.required) ?? fields[0])?.name
  useEffect(() => {
    if (first) setFocus(first)
  }, [first, setFocus])
  useEffect(() => {
    if (!isProblem(error)) return
    for (const field of fields) {
      const wrong = error.field(`/fields/${field.name}`)?.detail ?? refusal(error, field.name)
      if (wrong) setError(field.name, { message: wrong })
    }
  }, [error, fields, setError])
  const { errors } = form.formState
  const required = fields.filter((field) => field.required)
  const optional = fields.filter((field) => !field.required)
  const [unfolded, setUnfolded] = useState(
    required.length === 0 || optional.some(({ name }) => !!typed?.[name]),
  )
  return (
    <form
      noValidate
      className="grid gap-4"
      onChange={() => onTyped(form.getValues())}
      onSubmit={form.handleSubmit((values) => {
        if (busy) return
        const given = Object.entries(values).map(([name, value]) => [name, value.trim()] as const)
        onSubmit(Object.fromEntries(given.filter(([, value]) => value !== "")))
      })}
    >
      <FormProblem error={error} text={connectProblem(error, again, t)} />
      {required.map((field) => control(field, errors))}
      {optional.length > 0 && (
        <details
          open={unfolded || optional.some(({ name }) => errors[name])}
          onToggle={(event) => setUnfolded(event.currentTarget.open)}
        >
          <summary className="w-fit cursor-pointer rounded-sm font-medium text-ink-muted text-sm hover:text-ink">
            {t("connect.more")}
          </summary>
          <div className="mt-3 grid gap-4">{optional.map((field) => control(field, errors))}</div>
        </details>
      )}
      <p className="text-ink-muted text-sm">{t(oauth ? "connect.go_text" : "connect.secret_text")}</p>
      <DialogActions>
        {back}
        <Button type="submit" busy={busy}>
          {oauth && !busy && <ExternalLink aria-hidden />}
          {oauth
            ? t("connect.go", { network: platform.name })
            : t(again ? "accounts.reconnect" : "connect.submit")}
        </Button>
      </DialogActions>
    </form>
  )

  function control(field: ConnectField, errors: FieldErrors<Values>) {
    const choices = choicesOf(platform, field)
    return (
      <FormField
        key={field.name}
        label={fieldLabel(platform.id, field, t)}
        hint={fieldHelp(platform.id, field, t)}
        error={errors[field.name]?.message}
        optional={!field.required}
      >
        {(props) =>
          choices.length > 0 ? (
            <Select {...props} {...form.register(field.name)}>
              <option value="">{t("connect.default")}</option>
              {choices.map((choice) => (
                <option key={choice} value={choice}>
                  {choice}
                </option>
              ))}
            </Select>
          ) : field.secret ? (
            <PasswordInput {...props} autoComplete="off" spellCheck={false} {...form.register(field.name)} />
          ) : (
            <Input
              {...props}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              inputMode={field.name === "server" ? "url" : undefined}
              {...form.register(field.name)}
            />
          )
        }
      </FormField>
    )
  }
}
