import type { Account, Platform } from "@troupe/api"
import { Pause, Play, RotateCw, Unplug } from "lucide-react"
import { Button } from "@/atoms/button"
import { Card, CardBody, CardFooter } from "@/atoms/card"
import { useI18n } from "@/i18n/use-i18n"
import { ConfirmDialog } from "@/molecules/confirm-dialog"
import { Fact } from "@/molecules/fact"
import { NetworkIcon, networkName } from "@/molecules/network-icon"
import { AccountStateBadge } from "@/molecules/state-badge"
import { Time } from "@/molecules/time"
import { RateBudget, TokenLife } from "./account-facts"

export type AccountVerb = "check" | "pause" | "resume"

type Props = {
  account: Account
  platform: Platform | undefined
  mayManage: boolean
  /** What is under way. */
  busy: AccountVerb | undefined
  onAct: (verb: AccountVerb) => void
  onReconnect: () => void
  onDisconnect: () => Promise<unknown>
}

/** One account: how it stands, and what can be done about it. */
export function AccountOverview({ account, platform, mayManage, busy, ...on }: Props) {
  const { t } = useI18n()
  const name = account.display_name || account.handle
  const gone = account.state === "disconnected"
  const again = account.state === "reconnect_required"
  return (
    <Card>
      <CardBody className="grid gap-5">
        <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
          <span className="inline-flex size-12 shrink-0 items-center justify-center rounded-lg bg-sunken text-ink-muted">
            <NetworkIcon platform={account.platform} label="none" className="size-6" />
          </span>
          <div className="grid min-w-0 flex-1 basis-56 gap-1">
            <p className="text-ink-muted text-sm">
              <span translate="no">{platform?.name ?? networkName(account.platform)}</span>
              {" · "}
              <bdi className="break-all">{account.handle}</bdi>
            </p>
            <p>{t(`accounts.state_${account.state}`)}</p>
            {account.state_reason && (
              <p className="break-words text-ink-muted text-sm">{account.state_reason}</p>
            )}
          </div>
          <AccountStateBadge state={account.state} />
        </div>
        <dl className="grid gap-x-6 gap-y-4 sm:grid-cols-2 lg:grid-cols-3">
          {!gone && (
            <>
              <Fact label={t("accounts.token")}>
                <TokenLife account={account} />
              </Fact>
              <Fact label={t("accounts.budget")}>
                <RateBudget account={account} />
              </Fact>
            </>
          )}
          <Fact label={t("accounts.checked")}>
            <Time at={account.last_checked_at} />
          </Fact>
          <Fact label={t("accounts.server")}>
            <bdi className="break-all">{account.server}</bdi>
          </Fact>
          <Fact label={t("accounts.remote_id")}>
            <bdi className="break-all">{account.remote_id}</bdi>
          </Fact>
          <Fact label={t("accounts.since")}>
            <Time at={account.created_at} show="absolute" />
          </Fact>
        </dl>
      </CardBody>
      {mayManage && !gone && (
        <CardFooter className="justify-start">
          {again && (
            <Button size="sm" onClick={on.onReconnect}>
              {t("accounts.reconnect")}
            </Button>
          )}
          <Button variant="secondary" size="sm" busy={busy === "check"} onClick={() => on.onAct("check")}>
            {busy !== "check" && <RotateCw aria-hidden />}
            {t("accounts.check")}
          </Button>
          {account.state === "active" && (
            <Button variant="secondary" size="sm" busy={busy === "pause"} onClick={() => on.onAct("pause")}>
              {busy !== "pause" && <Pause aria-hidden />}
              {t("accounts.pause")}
            </Button>
          )}
          {account.state === "paused" && (
            <Button variant="secondary" size="sm" busy={busy === "resume"} onClick={() => on.onAct("resume")}>
              {busy !== "resume" && <Play aria-hidden />}
              {t("accounts.resume")}
            </Button>
          )}
          {!again && (
            <Button variant="secondary" size="sm" onClick={on.onReconnect}>
              {t("accounts.reconnect")}
            </Button>
          )}
          <ConfirmDialog
            title={t("accounts.disconnect_title", { name })}
            text={t("accounts.disconnect_text")}
            confirm={t("accounts.disconnect")}
            onConfirm={on.onDisconnect}
          >
            <Button variant="ghost" size="sm" className="text-danger">
              <Unplug aria-hidden />
              {t("accounts.disconnect")}
            </Button>
          </ConfirmDialog>
        </CardFooter>
      )}
    </Card>
  )
}
