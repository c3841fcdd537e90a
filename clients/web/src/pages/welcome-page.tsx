import { useState } from "react"
import { Link } from "react-router"
import { useAccounts, useConnectAccount } from "@/api/accounts"
import { usePost, useWriteAndPublish } from "@/api/posts"
import { Button } from "@/atoms/button"
import { useUser } from "@/contexts/session"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { useIdempotencyKey } from "@/lib/use-key"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { Onboarding } from "@/organisms/onboarding"
import { Page } from "@/templates/page"

export function WelcomePage() {
  const { t } = useI18n()
  const user = useUser()
  const { workspace, may } = useWorkspace()
  const accounts = useAccounts(workspace.id)
  const connect = useConnectAccount(workspace.id)
  const publish = useWriteAndPublish(workspace.id)
  const [postId, setPostId] = useState<string>()
  const post = usePost(workspace.id, postId)
  const connectKey = useIdempotencyKey()
  const publishKey = useIdempotencyKey()
  const sandbox = accounts.data?.find((one) => one.platform === "sandbox" && one.state === "active")
  const done = post.data?.state === "published"
  return (
    <Page title={t("welcome.title", { name: user.display_name })} text={t("welcome.text")} width="narrow">
      {accounts.data ? (
        <Onboarding
          mayConnect={may("admin")}
          mayWrite={may("editor")}
          suggestedHandle={user.email.split("@")[0]?.replace(/[^a-zA-Z0-9_]/g, "_") ?? ""}
          account={sandbox}
          connecting={connect.isPending}
          connectError={connect.error}
          onConnect={(handle) => {
            connect.mutate({ platform: "sandbox", fields: { handle }, key: connectKey.current(handle) })
          }}
          post={post.data}
          publishing={publish.isPending}
          publishError={publish.error}
          onPublish={(text) => {
            if (!sandbox) return
            publish.mutate(
              { text, accountId: sandbox.id, key: publishKey.current(text) },
              { onSuccess: (made) => setPostId(made.id) },
            )
          }}
        />
      ) : accounts.isError ? (
        <ErrorState
          error={accounts.error}
          onRetry={() => void accounts.refetch()}
          retrying={accounts.isFetching}
        />
      ) : (
        <LoadingRows />
      )}
      <div className="flex justify-end">
        <Button asChild variant={done ? "primary" : "ghost"}>
          <Link to={`/w/${workspace.id}`}>{t(done ? "welcome.done" : "welcome.skip")}</Link>
        </Button>
      </div>
    </Page>
  )
}
