import { CircleAlert } from "lucide-react"
import { type ReactNode, useId } from "react"
import { Label } from "@/atoms/label"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"

export type FieldControl = {
  id: string
  "aria-describedby": string | undefined
  "aria-invalid": true | undefined
}

type Props = {
  label: string
  hint?: string
  /** Already translated; undefined while the field is good. */
  error?: string
  optional?: boolean
  className?: string
  /** Spread what you get on the control: `{(control) => <Input {...control} />}`. */
  children: (control: FieldControl) => ReactNode
}

/** A label, its control, and what is to be known or is wrong, tied together for screen readers. */
export function FormField({ label, hint, error, optional, className, children }: Props) {
  const { t } = useI18n()
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ")
  return (
    <div className={cn("grid gap-1.5", className)}>
      <Label htmlFor={id}>
        {label}
        {optional && <span className="ms-1.5 font-normal text-ink-muted">({t("common.optional")})</span>}
      </Label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} className="flex items-start gap-1.5 text-danger text-sm">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-ink-muted text-sm">
          {hint}
        </p>
      )}
    </div>
  )
}
