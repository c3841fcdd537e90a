import "@/i18n/areas/publish"
import { isProblem } from "@troupe/api"
import { FileQuestion, Lock } from "lucide-react"
import { type ReactNode, useState } from "react"
import { Link, useLocation, useParams } from "react-router"
import { useAccounts } from "@/api/accounts"
import { usePost } from "@/api/posts"
import { Button } from "@/atoms/button"
import { Card } from "@/atoms/card"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { EmptyState } from "@/molecules/empty-state"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { deedsFor } from "@/organisms/post-actions"
import { Page } from "@/templates/page"
import { Composer } from "./composer/composer"

/** `/compose` for a new post, `/posts/:postId/edit` for one that is there. */
export function ComposePage() {
  const { t } = useI18n()
  const { postId } = useParams()
  const { key } = useLocation()
  const { workspace, may } = useWorkspace()
  const accounts = useAccounts(workspace.id)
  const post = usePost(workspace.id, postId)
  const base = `/w/${workspace.id}`

  const alone = (children: ReactNode) => (
    <Page title={t(postId ? "compose.edit_title" : "compose.title")}>
      <Card>{children}</Card>
    </Page>
  )
  const closed = (text: string) =>
    alone(
      <EmptyState
        icon={Lock}
        title={text}
        action={
          <Button asChild variant="secondary">
            <Link to={postId ? `${base}/posts/${postId}` : `${base}/posts`}>
              {t(postId ? "post.open" : "post.to_posts")}
            </Link>
          </Button>
        }
      />,
    )
  if (!may("editor")) return closed(t("compose.read_only"))
  if (isProblem(post.error) && [404, 422].includes(post.error.status))
    return alone(
      <EmptyState icon={FileQuestion} title={t("post.not_found")} text={t("post.not_found_text")} />,
    )
  if (accounts.data === undefined || (postId && post.data === undefined)) {
    const failed = accounts.isError ? accounts : post.isError ? post : undefined
    return alone(
      failed ? (
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} retrying={failed.isFetching} />
      ) : (
        <LoadingRows rows={5} />
      ),
    )
  }
  return <Open key={postId ?? key} closed={closed} post={post.data} accounts={accounts.data} />
}

type OpenProps = Parameters<typeof Composer>[0] & { closed: (text: string) => ReactNode }

/** What was open stays open: a post that leaves while it is edited must not take the words with it. */
function Open({ closed, post, accounts }: OpenProps) {
  const { t } = useI18n()
  const [editable] = useState(() => post === undefined || deedsFor(post).edit)
  return editable ? <Composer post={post} accounts={accounts} /> : closed(t("compose.closed"))
}
