import type { LedgerEntry } from "@troupe/api"
import type { MessageKey } from "@/i18n/catalogue"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { StateBadge } from "@/molecules/state-badge"
import { Time } from "@/molecules/time"
import type { Loaded } from "./panel"

/** The node's reasons in plain words. One that is not listed is shown as the node says it. */
const words: Record<string, MessageKey> = {
  created: "ledger.created",
  scheduled: "ledger.scheduled",
  "taken off the schedule": "ledger.unscheduled",
  "publish now": "ledger.publish_now",
  due: "ledger.due",
  armed: "ledger.sending",
  published: "ledger.published",
  "published, found by a repeat with the same key": "ledger.published_by_repeat",
  "found on the network": "ledger.found",
  "a late receipt": "ledger.late_receipt",
  "proved not to be on the network": "ledger.not_found",
  "repeat with the same key": "ledger.repeat",
  "the network refused it": "ledger.refused",
  "the access token had expired": "ledger.token_expired",
  "the account is not in service": "ledger.out_of_service",
  "the network asks to wait": "ledger.asked_to_wait",
  "the network still works on the media": "ledger.media",
  "not sent": "ledger.not_sent",
  "the network did not answer while preparing": "ledger.no_answer",
  "the network says it has this already": "ledger.has_already",
  "no trustworthy answer": "ledger.lost",
  "later than the workspace's max_lateness": "ledger.too_late",
  "taken back before release": "ledger.taken_back",
  "retried by a member": "ledger.retried",
  "a member says that it is published": "ledger.said_published",
  "a member says that it is not published": "ledger.said_not_published",
  "cancelled by a member": "ledger.cancelled",
  "found sending by a new owner": "ledger.new_owner",
  "armed by a node whose lease ended before the due time": "ledger.rearmed",
}
const outOfAttempts = "out of attempts: "

const dots: Partial<Record<LedgerEntry["to_state"], string>> = {
  published: "bg-accent",
  failed: "bg-danger",
  needs_review: "bg-spot",
  in_doubt: "bg-spot",
}

/** What happened to a delivery, step by step. */
export function LedgerTimeline({ of, label }: { of: Loaded<LedgerEntry[]>; label: string }) {
  const { t } = useI18n()
  if (of.data === undefined)
    return of.error ? (
      <ErrorState
        error={of.error}
        onRetry={of.refetch && (() => void of.refetch?.())}
        retrying={of.isFetching}
      />
    ) : (
      <LoadingRows rows={2} />
    )
  if (of.data.length === 0) return <p className="text-ink-muted text-sm">{t("post.history_empty")}</p>

  function plain(reason: string): string {
    const key = words[reason]
    if (key) return t(key)
    if (!reason.startsWith(outOfAttempts)) return reason
    return `${t("ledger.out_of_attempts")}. ${plain(reason.slice(outOfAttempts.length))}`
  }
  return (
    <ol aria-label={label} className="grid">
      {of.data.map((entry, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are only ever added at the end
        <li key={at} className="relative flex gap-3 pb-4 last:pb-0">
          {at < (of.data?.length ?? 0) - 1 && (
            <span aria-hidden className="absolute inset-s-1 top-3 -bottom-1 w-px bg-line" />
          )}
          <span
            aria-hidden
            className={cn(
              "relative mt-1.5 size-2.25 shrink-0 rounded-full ring-2 ring-surface",
              dots[entry.to_state] ?? "bg-line-strong",
            )}
          />
          <div className="grid min-w-0 flex-1 gap-0.5">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <p className="text-sm">{plain(entry.reason)}</p>
              {entry.from_state !== entry.to_state && <StateBadge state={entry.to_state} />}
            </div>
            {entry.detail && <p className="break-words text-ink-muted text-sm">{entry.detail}</p>}
            <p className="tabular flex flex-wrap gap-x-3 text-ink-muted text-xs">
              <Time at={entry.at} />
              {entry.attempt > 0 && <span>{t("post.attempt", { count: entry.attempt })}</span>}
              <span>{t("ledger.node", { node: entry.node })}</span>
            </p>
          </div>
        </li>
      ))}
    </ol>
  )
}
