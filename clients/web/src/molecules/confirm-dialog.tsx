import { type ReactNode, useState } from "react"
import { AlertDialog, AlertDialogCancel, AlertDialogContent, AlertDialogTrigger } from "@/atoms/alert-dialog"
import { Button } from "@/atoms/button"
import { DialogActions } from "@/atoms/dialog"
import { useI18n } from "@/i18n/use-i18n"
import { FormProblem } from "./form-problem"

type Props = {
  /** The button that asks; without it `open` says when. */
  children?: ReactNode
  open?: boolean
  onOpenChange?: (open: boolean) => void
  /** Other words for leaving it as it is. */
  cancel?: string
  title: string
  text: string
  confirm: string
  tone?: "danger" | "primary"
  /** Stays open while this runs; closes when it resolves, and shows why when it rejects. */
  onConfirm: () => Promise<unknown>
}

/** Asks before what cannot be undone. */
export function ConfirmDialog({ children, title, text, confirm, cancel, tone = "danger", ...props }: Props) {
  const { onConfirm, onOpenChange } = props
  const { t } = useI18n()
  const [opened, setOpened] = useState(false)
  const open = props.open ?? opened
  const setOpen = onOpenChange ?? setOpened
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
      {children && <AlertDialogTrigger asChild>{children}</AlertDialogTrigger>}
      <AlertDialogContent title={title} description={text}>
        <FormProblem error={error} />
        <DialogActions>
          <AlertDialogCancel asChild>
            <Button variant="secondary">{cancel ?? t("common.cancel")}</Button>
          </AlertDialogCancel>
          <Button variant={tone} busy={busy} onClick={run}>
            {confirm}
          </Button>
        </DialogActions>
      </AlertDialogContent>
    </AlertDialog>
  )
}
