import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"
import { Notice } from "@/molecules/notice"

type Props = { text: string; savedAt: string; onRestore: () => void; onDiscard: () => void }

/** Something typed earlier on this device never reached the server. */
export function RestoreNotice({ text, savedAt, onRestore, onDiscard }: Props) {
  const { t, dateTime, zone } = useI18n()
  const whole = text.trim() || t("compose.restore_no_text")
  const start = whole.length > 80 ? `${whole.slice(0, 79).trimEnd()}…` : whole
  return (
    <Notice tone="info" title={t("compose.restore_title")}>
      <p className="break-words">
        {t("compose.restore_text", { when: dateTime(new Date(savedAt), zone), text: start })}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button size="sm" onClick={onRestore}>
          {t("compose.restore")}
        </Button>
        <Button size="sm" variant="secondary" onClick={onDiscard}>
          {t("compose.restore_discard")}
        </Button>
      </div>
    </Notice>
  )
}
