import type { StreamState } from "@troupe/api"
import { Radio, RefreshCw } from "lucide-react"
import { Tooltip } from "@/atoms/tooltip"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"

/** Whether what is shown follows what happens. */
export function LiveState({ state }: { state: StreamState }) {
  const { t } = useI18n()
  const Icon = state === "open" ? Radio : RefreshCw
  return (
    <Tooltip text={t(`shell.live_${state}_text`)}>
      <button
        type="button"
        className={cn(
          "inline-flex w-fit cursor-default items-center gap-2 rounded-md px-1.5 py-0.5 text-xs",
          state === "open" ? "text-on-ok-soft" : "text-ink-muted",
        )}
      >
        <Icon aria-hidden className="size-3.5" />
        {t(`shell.live_${state}`)}
      </button>
    </Tooltip>
  )
}
