import type { Account } from "@troupe/api"
import { useI18n } from "@/i18n/use-i18n"
import { NetworkIcon } from "@/molecules/network-icon"
import { AccountStateBadge } from "@/molecules/state-badge"

/** How each connected account stands: its state, why, and what is left of its rate budget. */
export function AccountHealth({ accounts }: { accounts: readonly Account[] }) {
  const { t } = useI18n()
  return (
    <ul className="mt-2 divide-y divide-line">
      {accounts.map((account) => (
        <li key={account.id} className="flex items-start gap-3 px-5 py-3.5">
          <span className="mt-0.5 inline-flex size-8 shrink-0 items-center justify-center rounded-md bg-sunken text-ink-muted">
            <NetworkIcon platform={account.platform} />
          </span>
          <div className="flex min-w-0 flex-1 flex-col gap-2 sm:flex-row sm:items-start sm:gap-3">
            <div className="grid min-w-0 flex-1 gap-0.5">
              <p className="truncate font-medium text-sm" dir="auto">
                {account.display_name || account.handle}
              </p>
              <p className="truncate text-ink-muted text-xs">{account.handle}</p>
              {account.state_reason && <p className="text-ink-muted text-xs">{account.state_reason}</p>}
              {account.rate && (
                <p className="tabular text-ink-muted text-xs">
                  {t("dashboard.budget", { remaining: account.rate.remaining, limit: account.rate.limit })}
                </p>
              )}
            </div>
            <AccountStateBadge state={account.state} />
          </div>
        </li>
      ))}
    </ul>
  )
}
