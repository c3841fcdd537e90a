import type { Account, Platform } from "@troupe/api"
import { PlugZap, RotateCw } from "lucide-react"
import type { ReactNode } from "react"
import { Link } from "react-router"
import { Button } from "@/atoms/button"
import { Card } from "@/atoms/card"
import { useI18n } from "@/i18n/use-i18n"
import { EmptyState } from "@/molecules/empty-state"
import { ErrorState } from "@/molecules/error-state"
import { Fact } from "@/molecules/fact"
import { Guarantee } from "@/molecules/guarantee"
import { LoadingRows } from "@/molecules/loading-rows"
import { NetworkIcon, networkName } from "@/molecules/network-icon"
import { AccountStateBadge } from "@/molecules/state-badge"
import { Time } from "@/molecules/time"
import { RateBudget, TokenLife } from "./account-facts"
import type { Loaded } from "./panel"

type Props = {
  of: Loaded<Account[]>
  /** Undefined while they load: the guarantee is then not known yet. */
  platforms: readonly Platform[] | undefined
  mayManage: boolean
  /** The account whose check is under way. */
  checking: string | undefined
  hrefOf: (account: Account) => string
  connect: ReactNode
  onCheck: (account: Account) => void
  onReconnect: (account: Account) => void
}

/** Every account with how it stands; the disconnected ones folded away below. */
export function AccountList({ of, platforms, connect, ...props }: Props) {
  const { t } = useI18n()
  if (of.data === undefined)
    return (
      <Card aria-busy={!of.error}>
        {of.error ? (
          <ErrorState error={of.error} onRetry={() => void of.refetch?.()} retrying={of.isFetching} />
        ) : (
          <LoadingRows rows={4} />
        )}
      </Card>
    )
  const here = of.data.filter((account) => account.state !== "disconnected")
  const gone = of.data.filter((account) => account.state === "disconnected")
  const row = (account: Account) => (
    <AccountCard
      key={account.id}
      account={account}
      platform={platforms?.find((one) => one.id === account.platform)}
      {...props}
    />
  )
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {here.length === 0 ? (
        <Card>
          <EmptyState
            icon={PlugZap}
            title={t("accounts.empty")}
            text={t(props.mayManage ? "accounts.empty_text" : "accounts.empty_viewer")}
            action={connect}
          />
        </Card>
      ) : (
        <ul
          aria-label={t("accounts.connected_list")}
          className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-2"
        >
          {here.map(row)}
        </ul>
      )}
      {gone.length > 0 && (
        <details className="group">
          <summary className="w-fit cursor-pointer rounded-sm py-1 font-medium text-ink-muted text-sm hover:text-ink">
            {t("accounts.disconnected", { count: gone.length })}
          </summary>
          <ul className="mt-3 grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-2">{gone.map(row)}</ul>
        </details>
      )}
    </div>
  )
}

type CardProps = Omit<Props, "of" | "platforms" | "connect"> & {
  account: Account
  platform: Platform | undefined
}

function AccountCard({ account, platform, mayManage, checking, hrefOf, onCheck, onReconnect }: CardProps) {
  const { t } = useI18n()
  const name = account.display_name || account.handle
  const gone = account.state === "disconnected"
  return (
    <li className="min-w-0">
      <Card className="flex h-full flex-col">
        <div className="flex flex-wrap items-start gap-x-3 gap-y-2 p-5 pb-3">
          <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-lg bg-sunken text-ink-muted">
            <NetworkIcon platform={account.platform} label="none" />
          </span>
          <div className="grid min-w-0 flex-1 basis-44 gap-0.5">
            <h2 className="truncate font-semibold text-base" dir="auto">
              <Link
                to={hrefOf(account)}
                className="underline-offset-4 hover:underline"
                aria-label={t("accounts.open", { name })}
              >
                {name}
              </Link>
            </h2>
            <p className="truncate text-ink-muted text-sm">
              <span translate="no">{platform?.name ?? networkName(account.platform)}</span>
              {" · "}
              <bdi>{account.handle}</bdi>
            </p>
          </div>
          <AccountStateBadge state={account.state} />
        </div>
        <p className="px-5 text-sm">{t(`accounts.state_${account.state}`)}</p>
        {account.state_reason && account.state !== "active" && (
          <p className="mt-1 break-words px-5 text-ink-muted text-sm first-letter:uppercase">
            {account.state_reason}
          </p>
        )}
        {!gone && (
          <dl className="grid grid-cols-2 gap-x-4 gap-y-3 p-5 pt-4">
            <Fact label={t("accounts.token")}>
              <TokenLife account={account} />
            </Fact>
            <Fact label={t("accounts.guarantee")}>
              <Guarantee platform={platform} />
            </Fact>
            <Fact label={t("accounts.budget")}>
              <RateBudget account={account} />
            </Fact>
            <Fact label={t("accounts.checked")}>
              <Time at={account.last_checked_at} show="relative" />
            </Fact>
          </dl>
        )}
        {mayManage && !gone && (
          <div className="mt-auto flex flex-wrap gap-2 border-line border-t px-5 py-3">
            {account.state === "reconnect_required" && (
              <Button size="sm" onClick={() => onReconnect(account)}>
                {t("accounts.reconnect")}
              </Button>
            )}
            <Button
              variant="secondary"
              size="sm"
              busy={checking === account.id}
              onClick={() => onCheck(account)}
              aria-label={`${t("accounts.check")}: ${name}`}
            >
              {checking !== account.id && <RotateCw aria-hidden />}
              {t("accounts.check")}
            </Button>
          </div>
        )}
      </Card>
    </li>
  )
}
