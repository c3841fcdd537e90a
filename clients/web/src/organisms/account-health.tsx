import type { AccountHealth as Health } from "@troupe/api"
import { Link } from "react-router"
import { useI18n } from "@/i18n/use-i18n"
import { NetworkIcon, networkName } from "@/molecules/network-icon"
import { AccountStateBadge } from "@/molecules/state-badge"

type Props = { accounts: readonly Health[]; hrefOf: (accountId: string) => string }

/** How each account stands: its state, why, and what waits for it, went out and went wrong. */
export function AccountHealth({ accounts, hrefOf }: Props) {
  const { t } = useI18n()
  return (
    <ul className="mt-2 divide-y divide-line">
      {accounts.map((account) => (
        <li key={account.account_id} className="flex items-start gap-3 px-5 py-3.5">
          <span className="mt-0.5 inline-flex size-8 shrink-0 items-center justify-center rounded-md bg-sunken text-ink-muted">
            <NetworkIcon platform={account.platform} />
          </span>
          <div className="flex min-w-0 flex-1 flex-col gap-2 sm:flex-row sm:items-start sm:gap-3">
            <div className="grid min-w-0 flex-1 gap-0.5">
              <p className="truncate font-medium text-sm" dir="auto">
                <Link to={hrefOf(account.account_id)} className="underline-offset-4 hover:underline">
                  {account.display_name || account.handle}
                </Link>
              </p>
              <p className="truncate text-ink-muted text-xs">
                <span translate="no">{networkName(account.platform)}</span>
                {account.display_name && account.display_name !== account.handle && (
                  <>
                    {" · "}
                    <bdi>{account.handle}</bdi>
                  </>
                )}
              </p>
              {account.state_reason && (
                <p className="text-ink-muted text-xs first-letter:uppercase">{account.state_reason}</p>
              )}
              {account.state !== "disconnected" && (
                <p className="tabular text-ink-muted text-xs">
                  {t("dashboard.account_work", {
                    scheduled: account.scheduled,
                    published: account.published_24h,
                    failed: account.failed_7d + account.needs_review,
                  })}
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
