import { Button } from "@/atoms/button"
import { DialogActions, DialogClose } from "@/atoms/dialog"
import { useI18n } from "@/i18n/use-i18n"

type Props = { busy: boolean; children: string }

/** The end of a form in a dialog: leave it, or send it. */
export function SubmitActions({ busy, children }: Props) {
  const { t } = useI18n()
  return (
    <DialogActions>
      <DialogClose asChild>
        <Button variant="secondary">{t("common.cancel")}</Button>
      </DialogClose>
      <Button type="submit" busy={busy}>
        {children}
      </Button>
    </DialogActions>
  )
}
