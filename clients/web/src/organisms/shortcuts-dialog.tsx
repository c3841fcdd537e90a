import { Dialog, DialogContent } from "@/atoms/dialog"
import { Kbd } from "@/atoms/kbd"
import { useI18n } from "@/i18n/use-i18n"

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  /** Keys and what they do, already translated. */
  shortcuts: readonly { keys: readonly string[]; does: string }[]
}

export function ShortcutsDialog({ open, onOpenChange, shortcuts }: Props) {
  const { t } = useI18n()
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title={t("compose.shortcuts")} closeLabel={t("common.close")}>
        <dl className="grid gap-2.5">
          {shortcuts.map(({ keys, does }) => (
            <div key={does} className="flex items-center justify-between gap-4 text-sm">
              <dt>{does}</dt>
              <dd className="flex gap-1">
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </DialogContent>
    </Dialog>
  )
}
