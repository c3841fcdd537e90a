import { isProblem } from "@troupe/api"
import { CloudOff, RotateCw } from "lucide-react"
import { Button } from "@/atoms/button"
import { problemText } from "@/i18n/problem-text"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"

type Props = { error: unknown; onRetry?: () => void; retrying?: boolean; className?: string }

/** What could not be loaded, why, the id to give to an operator, and another try. */
export function ErrorState({ error, onRetry, retrying, className }: Props) {
  const { t } = useI18n()
  return (
    <div role="alert" className={cn("flex flex-col items-center gap-3 px-6 py-10 text-center", className)}>
      <span className="inline-flex size-11 items-center justify-center rounded-full bg-danger-soft text-on-danger-soft">
        <CloudOff aria-hidden className="size-5" />
      </span>
      <div className="grid max-w-sm gap-1">
        <p className="font-semibold">{t("problem.title")}</p>
        <p className="text-ink-muted text-sm">{problemText(error, t)}</p>
        {isProblem(error) && error.requestId && (
          <p className="break-all font-mono text-ink-muted text-xs">
            {t("common.request_id", { id: error.requestId })}
          </p>
        )}
      </div>
      {onRetry && (
        <Button variant="secondary" size="sm" busy={retrying} onClick={onRetry}>
          {!retrying && <RotateCw aria-hidden />}
          {t("common.retry")}
        </Button>
      )}
    </div>
  )
}
