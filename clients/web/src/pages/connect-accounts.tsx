import type { Account, Platform } from "@troupe/api"
import { useRef, useState } from "react"
import { useBeginOauth, useConnectAccount, useReconnectAccount } from "@/api/accounts"
import { usePlatforms } from "@/api/platforms"
import { useToast } from "@/contexts/toasts"
import { useI18n } from "@/i18n/use-i18n"
import { leaveFor } from "@/lib/leave"
import { rememberOauth } from "@/lib/oauth-pending"
import { useIdempotencyKey } from "@/lib/use-key"
import { ConnectDialog } from "@/organisms/connect-dialog"

export const oauthReturnPath = "/oauth/return"

type Props = {
  workspaceId: string
  open: boolean
  onOpenChange: (open: boolean) => void
  /** Connect this one again. */
  account?: Account
}

/** The connect dialog with everything behind it: credentials, or a round over the network's own sign-in page. */
export function ConnectAccounts({ workspaceId, open, onOpenChange, account }: Props) {
  const { t } = useI18n()
  const platforms = usePlatforms()
  const connect = useConnectAccount(workspaceId)
  const reconnect = useReconnectAccount(workspaceId)
  const begin = useBeginOauth(workspaceId)
  const key = useIdempotencyKey()
  const toast = useToast()
  // The browser is on its way to the network: no second click until it has gone.
  const [leaving, setLeaving] = useState(false)
  // A second click may come before the first has been drawn as busy.
  const running = useRef(false)
  // A new dialog after each success, so that no secret stays in it.
  const [round, setRound] = useState(0)

  function forget() {
    key.renew()
    connect.reset()
    reconnect.reset()
    begin.reset()
  }

  function done(now: Account) {
    forget()
    setRound((last) => last + 1)
    onOpenChange(false)
    const name = now.display_name || now.handle
    toast({
      tone: "ok",
      title: account ? t("accounts.reconnect_done") : t("accounts.connect_done", { name }),
    })
  }

  function submit(platform: Platform, fields: Record<string, string>) {
    if (running.current) return
    running.current = true
    const settled = () => {
      running.current = false
    }
    const once = key.current(JSON.stringify([platform.id, fields]))
    if (platform.connect === "oauth") {
      begin.mutate(
        {
          platform: platform.id,
          fields,
          account_id: account?.id ?? null,
          return_url: location.origin + oauthReturnPath,
          key: once,
        },
        {
          onError: settled,
          onSuccess: ({ authorize_url, state }) => {
            rememberOauth({ state, workspaceId })
            setLeaving(true)
            leaveFor(authorize_url)
          },
        },
      )
    } else if (account)
      reconnect.mutate({ accountId: account.id, fields, key: once }, { onSuccess: done, onSettled: settled })
    else connect.mutate({ platform: platform.id, fields, key: once }, { onSuccess: done, onSettled: settled })
  }

  return (
    <ConnectDialog
      key={`${account?.id} ${round}`}
      open={open}
      onOpenChange={(next) => {
        if (!next) forget()
        onOpenChange(next)
      }}
      platforms={platforms}
      account={account}
      busy={connect.isPending || reconnect.isPending || begin.isPending || leaving}
      error={connect.error ?? reconnect.error ?? begin.error}
      onPick={forget}
      onSubmit={submit}
    />
  )
}
