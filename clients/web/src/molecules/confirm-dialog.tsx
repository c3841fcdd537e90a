import { type ReactNode, useState } from "react"
import { AlertDialog, AlertDialogCancel, AlertDialogContent, AlertDialogTrigger } from "@/atoms/alert-dialog"
import { Button } from "@/atoms/button"
import { DialogActions } from "@/atoms/dialog"
import { useI18n } from "@/i18n/use-i18n"
import { FormProblem } from "./form-problem"

type Props = {
  /** The button that asks. */
  children: ReactNode
  title: string
  text: string
  confirm: string
  tone?: "danger" | "primary"
  /** Stays open while this runs; closes when it resolves, and shows why when it rejects. */
  onConfirm: () => Promise<unknown>
}

/** Asks before what cannot be undone. */
export function ConfirmDialog({ children, title, text, confirm, tone = "danger", onConfirm }: Props) {
  const { t } = useI18n()
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)

  async function run() {
    setBusy(true)
    setError(null)
    try {
      await onConfirm()
      setOpen(false)
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
    }
  }

  return (
    <AlertDialog
      open={open}
      onOpenChange={(next) => {
        if (busy) return
        setError(null)
        setOpen(next)
      }}
    >
      <AlertDialogTrigger asChild>{children}</AlertDialogTrigger>
      <AlertDialogContent title={title} description={text}>
        <FormProblem error={error} />
        <DialogActions>
          <AlertDialogCancel asChild>
            <Button variant="secondary">{t("common.cancel")}</Button>
          </AlertDialogCancel>
          <Button variant={tone} busy={busy} onClick={run}>
            {confirm}
          </Button>
        </DialogActions>
      </AlertDialogContent>
    </AlertDialog>
  )
}
