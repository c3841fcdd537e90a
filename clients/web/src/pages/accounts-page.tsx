import "@/i18n/areas/accounts"
import type { Account } from "@troupe/api"
import { Plus } from "lucide-react"
import { useState } from "react"
import { useAccountAction, useAccounts } from "@/api/accounts"
import { usePlatforms } from "@/api/platforms"
import { Button } from "@/atoms/button"
import { useProblemToast, useToast } from "@/contexts/toasts"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { AccountList } from "@/organisms/account-list"
import { Page } from "@/templates/page"
import { ConnectAccounts } from "./connect-accounts"

export function AccountsPage() {
  const { t } = useI18n()
  const { workspace, may } = useWorkspace()
  const accounts = useAccounts(workspace.id)
  const platforms = usePlatforms()
  const act = useAccountAction(workspace.id)
  const toast = useToast()
  const failed = useProblemToast()
  const [dialog, setDialog] = useState<"new" | "again">()
  const [again, setAgain] = useState<Account>()
  const mayManage = may("admin")

  const connect = mayManage && (
    <Button onClick={() => setDialog("new")}>
      <Plus aria-hidden />
      {t("accounts.connect")}
    </Button>
  )
  return (
    <Page title={t("accounts.title")} text={t("accounts.text")} actions={connect}>
      <AccountList
        of={accounts}
        platforms={platforms.data}
        mayManage={mayManage}
        checking={act.isPending ? act.variables.accountId : undefined}
        hrefOf={(account) => `/w/${workspace.id}/accounts/${account.id}`}
        connect={null}
        onCheck={(account) =>
          act.mutate(
            { accountId: account.id, action: "check" },
            {
              onSuccess: (now) =>
                toast(
                  now.state === "active" || now.state === "paused"
                    ? { tone: "ok", title: t("accounts.check_ok") }
                    : {
                        tone: "danger",
                        title: t("accounts.check_other"),
                        text: now.state_reason ?? undefined,
                      },
                ),
              onError: failed,
            },
          )
        }
        onReconnect={(account) => {
          setAgain(account)
          setDialog("again")
        }}
      />
      {mayManage && (
        <>
          <ConnectAccounts
            workspaceId={workspace.id}
            open={dialog === "new"}
            onOpenChange={(open) => setDialog(open ? "new" : undefined)}
          />
          {again && (
            <ConnectAccounts
              workspaceId={workspace.id}
              account={again}
              open={dialog === "again"}
              onOpenChange={(open) => setDialog(open ? "again" : undefined)}
            />
          )}
        </>
      )}
    </Page>
  )
}
