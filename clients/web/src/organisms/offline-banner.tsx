import { WifiOff } from "lucide-react"
import { useI18n } from "@/i18n/use-i18n"
import { useOnline } from "@/lib/use-online"

export function OfflineBanner() {
  const { t } = useI18n()
  const online = useOnline()
  return (
    <div role="status">
      {!online && (
        <p className="flex items-center justify-center gap-2 bg-warn-soft px-4 py-2 text-center text-on-warn-soft text-sm">
          <WifiOff aria-hidden className="size-4 shrink-0" />
          {t("shell.offline")}
        </p>
      )}
    </div>
  )
}
