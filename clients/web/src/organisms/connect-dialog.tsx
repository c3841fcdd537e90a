import type { Account, Platform } from "@troupe/api"
import { ChevronRight } from "lucide-react"
import { useState } from "react"
import { Button } from "@/atoms/button"
import { Dialog, DialogActions, DialogClose, DialogContent } from "@/atoms/dialog"
import { useI18n } from "@/i18n/use-i18n"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { NetworkIcon } from "@/molecules/network-icon"
import { ConnectForm } from "./connect-form"
import type { Loaded } from "./panel"

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  platforms: Loaded<Platform[]>
  /** The account to connect again; a new one without. */
  account?: Account
  busy: boolean
  error: unknown
  /** Another network was picked: what failed before is of no interest. */
  onPick: () => void
  onSubmit: (platform: Platform, fields: Record<string, string>) => void
}

/** Picks a network, then asks for what it wants. What was typed for one stays when looking at another. */
export function ConnectDialog({
  open,
  onOpenChange,
  platforms,
  account,
  busy,
  error,
  onPick,
  onSubmit,
}: Props) {
  const { t } = useI18n()
  const [picked, setPicked] = useState<string>()
  const [typed, setTyped] = useState<Record<string, Record<string, string>>>({})
  const platform = platforms.data?.find((one) => one.id === (account?.platform ?? picked))
  const name = account && (account.display_name || account.handle)
  return (
    <Dialog open={open} onOpenChange={(next) => !busy && onOpenChange(next)}>
      <DialogContent
        key={platform?.id ?? "pick"}
        title={
          name
            ? t("connect.again", { name })
            : platform
              ? t("connect.to", { network: platform.name })
              : t("connect.title")
        }
        description={name ? t("connect.again_text") : platform ? undefined : t("connect.pick")}
        closeLabel={t("common.close")}
      >
        {platform ? (
          <ConnectForm
            platform={platform}
            again={account !== undefined}
            busy={busy}
            error={error}
            typed={typed[platform.id] ?? (account && known(platform, account))}
            onTyped={(values) => setTyped((all) => ({ ...all, [platform.id]: values }))}
            onSubmit={(fields) => onSubmit(platform, fields)}
            back={
              account ? (
                <DialogClose asChild>
                  <Button variant="secondary">{t("common.cancel")}</Button>
                </DialogClose>
              ) : (
                <Button
                  variant="secondary"
                  disabled={busy}
                  onClick={() => {
                    setPicked(undefined)
                    onPick()
                  }}
                >
                  {t("connect.other")}
                </Button>
              )
            }
          />
        ) : platforms.data ? (
          <ul className="grid gap-2">
            {platforms.data.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  onClick={() => {
                    setPicked(one.id)
                    onPick()
                  }}
                  className="flex w-full cursor-pointer items-center gap-3 rounded-md border border-line bg-surface px-4 py-3 text-start transition-colors hover:bg-sunken"
                >
                  <span className="inline-flex size-9 shrink-0 items-center justify-center rounded-md bg-sunken text-ink-muted">
                    <NetworkIcon platform={one.id} label="none" />
                  </span>
                  <span className="grid min-w-0 flex-1">
                    <span className="font-medium" translate="no">
                      {one.name}
                    </span>
                    <span className="text-ink-muted text-sm">
                      {t(one.id === "sandbox" ? "connect.by_sandbox" : `connect.by_${one.connect}`)}
                    </span>
                  </span>
                  <ChevronRight aria-hidden className="size-4 shrink-0 text-ink-muted rtl:rotate-180" />
                </button>
              </li>
            ))}
          </ul>
        ) : platforms.error ? (
          <ErrorState
            error={platforms.error}
            onRetry={() => void platforms.refetch?.()}
            retrying={platforms.isFetching}
          />
        ) : (
          <LoadingRows />
        )}
        {!platform && (
          <DialogActions>
            <DialogClose asChild>
              <Button variant="secondary">{t("common.cancel")}</Button>
            </DialogClose>
          </DialogActions>
        )}
      </DialogContent>
    </Dialog>
  )
}

/** What an account that is connected again tells of itself, so that only its secret is to be typed. */
function known(platform: Platform, account: Account): Record<string, string> {
  const values: Record<string, string> = {
    server: account.server,
    identifier: account.handle,
    handle: account.handle,
  }
  return Object.fromEntries(
    platform.fields.flatMap(({ name }) => (values[name] ? [[name, values[name]]] : [])),
  )
}
