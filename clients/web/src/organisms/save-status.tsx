import { CircleAlert, CircleCheck, CloudOff, CloudUpload, LoaderCircle, PenLine, Users } from "lucide-react"
import { Button } from "@/atoms/button"
import type { MessageKey } from "@/i18n/catalogue"
import { problemText } from "@/i18n/problem-text"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"

type Kind = "new" | "saved" | "typing" | "saving" | "waiting" | "failed" | "conflict" | "locked"

const looks: Record<Kind, { icon: typeof CircleCheck; key: MessageKey }> = {
  new: { icon: PenLine, key: "compose.save_new" },
  saved: { icon: CircleCheck, key: "compose.save_saved" },
  typing: { icon: CloudUpload, key: "compose.save_typing" },
  saving: { icon: LoaderCircle, key: "compose.save_saving" },
  waiting: { icon: CloudOff, key: "compose.save_waiting" },
  failed: { icon: CircleAlert, key: "compose.save_failed" },
  conflict: { icon: Users, key: "compose.save_conflict" },
  locked: { icon: CircleAlert, key: "compose.save_locked" },
}

type Props = { state: { kind: Kind; error?: unknown }; onRetry: () => void }

/** Whether what was typed is on the server, said without being asked. */
export function SaveStatus({ state, onRetry }: Props) {
  const { t } = useI18n()
  const { icon: Icon, key } = looks[state.kind]
  return (
    <div className="flex flex-wrap items-center gap-2 text-ink-muted text-sm">
      <Icon aria-hidden className={cn("size-4 shrink-0", state.kind === "saving" && "animate-spin")} />
      <span role="status">
        {state.kind === "failed" ? t(key, { why: problemText(state.error, t) }) : t(key)}
      </span>
      {(state.kind === "failed" || state.kind === "waiting") && (
        <Button variant="ghost" size="sm" onClick={onRetry}>
          {t("common.retry")}
        </Button>
      )}
    </div>
  )
}
