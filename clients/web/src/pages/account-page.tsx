import "@/i18n/areas/accounts"
import { isProblem } from "@troupe/api"
import { ArrowLeft } from "lucide-react"
import { useState } from "react"
import { Link, useParams } from "react-router"
import { useAccount, useAccountAction, useDisconnectAccount } from "@/api/accounts"
import { usePlatforms } from "@/api/platforms"
import { Button } from "@/atoms/button"
import { Card } from "@/atoms/card"
import { useProblemToast, useToast } from "@/contexts/toasts"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { EmptyState } from "@/molecules/empty-state"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { AccountLimits, NetworkCapabilities } from "@/organisms/account-limits"
import { AccountOverview, type AccountVerb } from "@/organisms/account-overview"
import { Page } from "@/templates/page"
import { ConnectAccounts } from "./connect-accounts"

export function AccountPage() {
  const { t } = useI18n()
  const { accountId = "" } = useParams()
  const { workspace, may } = useWorkspace()
  const account = useAccount(workspace.id, accountId)
  const platforms = usePlatforms()
  const act = useAccountAction(workspace.id)
  const disconnect = useDisconnectAccount(workspace.id)
  const toast = useToast()
  const failed = useProblemToast()
  const [again, setAgain] = useState(false)
  const now = account.data
  const platform = platforms.data?.find((one) => one.id === now?.platform)

  const said = { pause: "accounts.pause_done", resume: "accounts.resume_done" } as const
  function run(verb: AccountVerb) {
    act.mutate(
      { accountId, action: verb },
      {
        onSuccess: (after) => {
          const well = after.state === "active" || after.state === "paused"
          if (verb !== "check") toast({ tone: "ok", title: t(said[verb]) })
          else if (well) toast({ tone: "ok", title: t("accounts.check_ok") })
          else toast({ tone: "danger", title: t("accounts.check_other") })
        },
        onError: failed,
      },
    )
  }

  return (
    <Page
      title={now ? now.display_name || now.handle : t("accounts.title")}
      actions={
        <Button asChild variant="secondary" size="sm">
          <Link to={`/w/${workspace.id}/accounts`}>
            <ArrowLeft aria-hidden className="rtl:rotate-180" />
            {t("accounts.back")}
          </Link>
        </Button>
      }
    >
      {now ? (
        <>
          <AccountOverview
            account={now}
            platform={platform}
            mayManage={may("admin")}
            busy={act.isPending ? act.variables.action : undefined}
            onAct={run}
            onReconnect={() => setAgain(true)}
            onDisconnect={async () => {
              await disconnect.mutateAsync(accountId)
              toast({ tone: "ok", title: t("accounts.disconnect_done") })
            }}
          />
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2 lg:gap-6">
            <AccountLimits limits={now.limits} />
            {platform && <NetworkCapabilities platform={platform} />}
          </div>
          {may("admin") && (
            <ConnectAccounts workspaceId={workspace.id} account={now} open={again} onOpenChange={setAgain} />
          )}
        </>
      ) : (
        <Card>
          {isProblem(account.error, "not-found") ? (
            <EmptyState icon={ArrowLeft} title={t("not_found.title")} text={t("accounts.gone")} />
          ) : account.isError ? (
            <ErrorState
              error={account.error}
              onRetry={() => void account.refetch()}
              retrying={account.isFetching}
            />
          ) : (
            <LoadingRows />
          )}
        </Card>
      )}
    </Page>
  )
}
