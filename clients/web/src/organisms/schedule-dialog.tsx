import { isProblem, type Schedule } from "@troupe/api"
import { useState } from "react"
import { Dialog, DialogContent } from "@/atoms/dialog"
import { useI18n } from "@/i18n/use-i18n"
import { useNow } from "@/lib/use-now"
import { FormProblem } from "@/molecules/form-problem"
import { SubmitActions } from "@/molecules/submit-actions"
import { instantOf, scheduleOf, WhenFields, whenOf } from "./when-fields"

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  /** What the dialog begins with. */
  at: Date
  mode: "schedule" | "move"
  /** The beginning of the post. */
  about?: string
  busy: boolean
  error: unknown
  onSubmit: (schedule: Schedule, at: Date) => void
}

/** Asks for a time. Mount it anew for each question (`key`). */
export function ScheduleDialog({ open, onOpenChange, at, mode, about, busy, error, onSubmit }: Props) {
  const { t, zone } = useI18n()
  const now = useNow()
  const [when, setWhen] = useState(() => whenOf(at, zone))
  const [tried, setTried] = useState(false)
  const aboutTime = isProblem(error, "nonexistent-time")
  return (
    <Dialog open={open} onOpenChange={(next) => !busy && onOpenChange(next)}>
      <DialogContent
        title={t(mode === "move" ? "when.move_title" : "when.title")}
        description={about}
        closeLabel={t("common.close")}
      >
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            setTried(true)
            const instant = instantOf(when, zone)
            if (busy || !instant || instant <= new Date()) return
            onSubmit(scheduleOf(when, zone), instant)
          }}
        >
          {!aboutTime && <FormProblem error={error} />}
          <WhenFields value={when} onChange={setWhen} error={error} strict={tried} now={now} />
          <SubmitActions busy={busy}>{t(mode === "move" ? "when.move_submit" : "when.submit")}</SubmitActions>
        </form>
      </DialogContent>
    </Dialog>
  )
}
