import type { Delivery } from "@troupe/api"
import { ExternalLink } from "lucide-react"
import { useI18n } from "@/i18n/use-i18n"
import { NetworkIcon, networkName } from "@/molecules/network-icon"
import { StateBadge } from "@/molecules/state-badge"
import { Time } from "@/molecules/time"

type Props = { deliveries: readonly Delivery[]; when: "due" | "published" }

/** Deliveries as rows: where to, the beginning of the text, when, and how it stands. */
export function DeliveryList({ deliveries, when }: Props) {
  const { t } = useI18n()
  return (
    <ul className="mt-2 divide-y divide-line">
      {deliveries.map((delivery) => (
        <li key={delivery.id} className="flex items-start gap-3 px-5 py-3.5">
          <span className="mt-0.5 inline-flex size-8 shrink-0 items-center justify-center rounded-md bg-sunken text-ink-muted">
            <NetworkIcon platform={delivery.platform} />
          </span>
          <div className="flex min-w-0 flex-1 flex-col gap-2 sm:flex-row sm:items-start sm:gap-3">
            <div className="grid min-w-0 flex-1 gap-1">
              <p className="line-clamp-2 break-words text-sm" dir="auto">
                {delivery.title ?? (delivery.text || t("dashboard.no_text"))}
              </p>
              <p className="text-ink-muted text-xs">
                <Time at={when === "due" ? delivery.due_at : delivery.published_at} />
              </p>
              {delivery.error && when === "due" && (
                <p className="break-words text-ink-muted text-xs">{delivery.error.detail}</p>
              )}
            </div>
            <div className="flex items-center gap-1.5 sm:flex-col sm:items-end">
              <StateBadge state={delivery.state} />
              {delivery.permalink && /^https?:\/\//.test(delivery.permalink) && (
                <a
                  href={delivery.permalink}
                  target="_blank"
                  rel="noreferrer noopener"
                  aria-label={t("dashboard.open_at_network", { network: networkName(delivery.platform) })}
                  className="inline-flex size-6 items-center justify-center rounded-sm text-ink-muted hover:text-accent"
                >
                  <ExternalLink aria-hidden className="size-4" />
                </a>
              )}
            </div>
          </div>
        </li>
      ))}
    </ul>
  )
}
