import type { Account, Delivery, LedgerEntry } from "@troupe/api"
import { ChevronDown, ExternalLink } from "lucide-react"
import { type ReactNode, useId } from "react"
import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import { NetworkIcon, networkName } from "@/molecules/network-icon"
import { RichText } from "@/molecules/rich-text"
import { StateBadge } from "@/molecules/state-badge"
import { Time } from "@/molecules/time"
import { LedgerTimeline } from "./ledger-timeline"
import type { Loaded } from "./panel"

type Props = {
  delivery: Delivery
  account: Account | undefined
  ledger: Loaded<LedgerEntry[]>
  open: boolean
  onOpenChange: (open: boolean) => void
  /** What went wrong, and what helps. */
  help: ReactNode
}

/** One post at one account: how it stands, when, where it is, and its story. */
export function DeliveryCard({ delivery, account, ledger, open, onOpenChange, help }: Props) {
  const { t, duration } = useI18n()
  const story = useId()
  const name = account?.display_name || account?.handle || t("post.unknown_account")
  const link = delivery.permalink && /^https?:\/\//.test(delivery.permalink) ? delivery.permalink : undefined
  return (
    <li className="grid gap-3 px-5 py-4">
      <div className="flex items-start gap-3">
        <span className="mt-0.5 inline-flex size-8 shrink-0 items-center justify-center rounded-md bg-sunken text-ink-muted">
          <NetworkIcon platform={delivery.platform} />
        </span>
        <div className="grid min-w-0 flex-1 gap-1">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <p className="truncate font-medium text-sm" dir="auto">
              {name}
            </p>
            <StateBadge state={delivery.state} />
          </div>
          <p className="tabular flex flex-wrap gap-x-2 text-ink-muted text-xs">
            <When delivery={delivery} />
            {delivery.lateness_ms !== null && (
              <span>
                {delivery.lateness_ms > 0
                  ? t("post.lateness", { lateness: duration(delivery.lateness_ms) })
                  : t("post.on_time")}
              </span>
            )}
          </p>
        </div>
      </div>
      {delivery.overrides.length > 0 && (
        <div className="rounded-md bg-sunken px-3.5 py-3 text-sm">
          <p className="mb-1 font-medium text-ink-muted text-xs">{t("post.own_version")}</p>
          {delivery.title && <p className="font-semibold">{delivery.title}</p>}
          <RichText text={delivery.text || t("post.no_text")} platform={delivery.platform} />
        </div>
      )}
      {help}
      <div className="flex flex-wrap items-center gap-2 empty:hidden">
        {link && (
          <Button asChild variant="secondary" size="sm">
            <a href={link} target="_blank" rel="noreferrer noopener">
              <ExternalLink aria-hidden />
              {t("post.open_at", { network: networkName(delivery.platform) })}
            </a>
          </Button>
        )}
        <Button
          variant="ghost"
          size="sm"
          aria-expanded={open}
          aria-controls={story}
          onClick={() => onOpenChange(!open)}
          className={link ? undefined : "-ms-3"}
        >
          <ChevronDown aria-hidden className={cn("transition-transform", open && "rotate-180")} />
          {t("post.history")}
        </Button>
      </div>
      <div id={story} hidden={!open} className="ps-1">
        {open && <LedgerTimeline of={ledger} label={t("post.history_of", { account: name })} />}
      </div>
    </li>
  )
}

function When({ delivery }: { delivery: Delivery }) {
  const { t, dateTime, zone } = useI18n()
  if (delivery.published_at)
    return <span>{t("post.published_at", { when: dateTime(new Date(delivery.published_at), zone) })}</span>
  if (delivery.due_at === null) return <span>{t("post.no_time")}</span>
  return <Time at={delivery.due_at} />
}
