import "@/i18n/areas/publish"
import { useQueryClient } from "@tanstack/react-query"
import {
  type Account,
  type Delivery,
  isProblem,
  newIdempotencyKey,
  type Post,
  type Schedule,
} from "@troupe/api"
import { FileQuestion, UserRoundPlus } from "lucide-react"
import { useState } from "react"
import { Link, useNavigate, useParams } from "react-router"
import { useAccounts } from "@/api/accounts"
import { useActOnDelivery, useLedger } from "@/api/deliveries"
import { keys } from "@/api/keys"
import { useMembers } from "@/api/members"
import { type PostAction, useActOnPost, useDeletePost, usePost } from "@/api/posts"
import { Button } from "@/atoms/button"
import { Card } from "@/atoms/card"
import { useProblemToast, useToast } from "@/contexts/toasts"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { EmptyState } from "@/molecules/empty-state"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { StateBadge } from "@/molecules/state-badge"
import { DeliveryCard } from "@/organisms/delivery-card"
import { type DeliveryDeed, DeliveryHelp } from "@/organisms/delivery-help"
import { Panel } from "@/organisms/panel"
import { PostActions, type PostDeed } from "@/organisms/post-actions"
import { PostContent } from "@/organisms/post-content"
import { ScheduleDialog } from "@/organisms/schedule-dialog"
import { Page } from "@/templates/page"
import { MediaImage } from "./media-image"

/** `/w/:workspaceId/posts/:postId`: one post, where it goes, and what happened to it. */
export function PostPage() {
  const { t } = useI18n()
  const { postId = "" } = useParams()
  const { workspace } = useWorkspace()
  const post = usePost(workspace.id, postId)
  if (post.data) return <Shown key={postId} post={post.data} />
  return (
    <Page title={t("post.title")}>
      <Card>
        {isProblem(post.error) && [404, 422].includes(post.error.status) ? (
          <EmptyState
            icon={FileQuestion}
            title={t("post.not_found")}
            text={t("post.not_found_text")}
            action={
              <Button asChild variant="secondary">
                <Link to={`/w/${workspace.id}/posts`}>{t("post.to_posts")}</Link>
              </Button>
            }
          />
        ) : post.isError ? (
          <ErrorState error={post.error} onRetry={() => void post.refetch()} retrying={post.isFetching} />
        ) : (
          <LoadingRows />
        )}
      </Card>
    </Page>
  )
}

function Shown({ post }: { post: Post }) {
  const { t, dateTime, zone } = useI18n()
  const { workspace, may } = useWorkspace()
  const accounts = useAccounts(workspace.id)
  const members = useMembers(workspace.id)
  const act = useActOnPost(workspace.id)
  const remove = useDeletePost(workspace.id)
  const queries = useQueryClient()
  const navigate = useNavigate()
  const toast = useToast()
  const [asking, setAsking] = useState<{ key: string }>()
  const base = `/w/${workspace.id}`
  const when = (at: string | Date) => dateTime(new Date(at), zone)

  /** Someone was faster: show what it is now, so that the next click is about that. */
  async function onStale(error: unknown): Promise<never> {
    if (isProblem(error, "precondition-failed")) {
      await queries.invalidateQueries({ queryKey: keys.post(workspace.id, post.id) })
      toast({
        tone: "danger",
        title: t("post.changed_meanwhile"),
        text: t("post.changed_meanwhile_text"),
      })
    }
    throw error
  }

  const run = (action: PostAction, key: string = newIdempotencyKey()) =>
    act.mutateAsync({ post, action, key }).catch(onStale)

  async function onDeed(deed: PostDeed) {
    if (deed === "delete") {
      await remove.mutateAsync(post).catch(onStale)
      toast({ tone: "ok", title: t("post.deleted") })
      await navigate(`${base}/posts`)
      return
    }
    await run({ do: deed })
    const said = {
      unschedule: "post.unscheduled",
      cancel: "post.cancelled",
      "publish-now": "post.sent",
    } as const
    toast({ tone: "ok", title: t(said[deed]) })
  }

  async function onSchedule(schedule: Schedule, at: Date) {
    if (!asking) return
    await run({ do: "schedule", schedule }, asking.key).then(
      () => {
        setAsking(undefined)
        toast({ tone: "ok", title: t("post.scheduled", { when: when(at) }) })
      },
      () => undefined,
    )
  }

  const first = post.scheduled_at ? new Date(post.scheduled_at) : undefined
  const published = post.deliveries.flatMap(({ published_at }) => published_at ?? []).sort()
  const time = post.state === "published" ? (published.at(-1) ?? post.scheduled_at) : post.scheduled_at
  const start = first && first > new Date() ? first : new Date(Date.now() + 3_600_000)
  return (
    <Page
      title={t("post.title")}
      badge={
        <span aria-live="polite" data-post-state>
          <StateBadge state={post.state} />
        </span>
      }
      text={time ? t(timeWords(post), { when: when(time) }) : t("post.no_time")}
      actions={
        may("editor") && (
          <PostActions
            post={post}
            editLink={`${base}/posts/${post.id}/edit`}
            onSchedule={() => {
              act.reset()
              setAsking({ key: newIdempotencyKey() })
            }}
            onAct={onDeed}
          />
        )
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2 lg:gap-6">
        <PostContent
          post={post}
          authorName={members.data?.find((one) => one.user_id === post.author_id)?.display_name}
          image={(mediaId, alt) => <MediaImage workspaceId={workspace.id} mediaId={mediaId} alt={alt} />}
        />
        <Panel
          title={t("post.deliveries")}
          of={{ data: post.deliveries, error: null }}
          isEmpty={(all) => all.length === 0}
          empty={
            <EmptyState
              icon={UserRoundPlus}
              title={t("post.deliveries_empty")}
              text={t("post.deliveries_empty_text")}
              action={
                may("editor") &&
                post.state !== "cancelled" && (
                  <Button asChild variant="secondary">
                    <Link to={`${base}/posts/${post.id}/edit`}>{t("post.choose_accounts")}</Link>
                  </Button>
                )
              }
            />
          }
        >
          {(all) => (
            <ul className="mt-2 divide-y divide-line">
              {all.map((delivery) => (
                <OneDelivery
                  key={delivery.id}
                  delivery={delivery}
                  account={accounts.data?.find((one) => one.id === delivery.account_id)}
                  alone={all.length === 1}
                />
              ))}
            </ul>
          )}
        </Panel>
      </div>
      {asking && (
        <ScheduleDialog
          key={asking.key}
          open
          onOpenChange={() => setAsking(undefined)}
          at={start}
          mode={post.state === "scheduled" ? "move" : "schedule"}
          busy={act.isPending}
          error={act.error}
          onSubmit={(schedule, at) => void onSchedule(schedule, at)}
        />
      )}
    </Page>
  )
}

/** What a post's time is to it. */
function timeWords({ state }: Post) {
  if (state === "published") return "post.published_at"
  return state === "scheduled" || state === "sending" || state === "draft"
    ? "post.scheduled_for"
    : "post.was_due"
}

type OneProps = { delivery: Delivery; account: Account | undefined; alone: boolean }

function OneDelivery({ delivery, account, alone }: OneProps) {
  const { t } = useI18n()
  const { workspace, may } = useWorkspace()
  const needsLook = delivery.state === "needs_review" || delivery.state === "failed"
  const [open, setOpen] = useState(alone || needsLook)
  const ledger = useLedger(workspace.id, delivery.id, open)
  const act = useActOnDelivery(workspace.id)
  const toast = useToast()
  const showProblem = useProblemToast()

  async function onAct(deed: DeliveryDeed) {
    try {
      await act.mutateAsync({ id: delivery.id, action: deed, key: newIdempotencyKey() })
    } catch (error) {
      if (deed.do === "retry") showProblem(error)
      throw error
    }
    const said =
      deed.do === "cancel"
        ? t("post.given_up")
        : deed.do === "resolve" && deed.as === "published"
          ? t("post.marked_published")
          : t("post.retried")
    toast({ tone: "ok", title: said })
  }
  return (
    <DeliveryCard
      delivery={delivery}
      account={account}
      ledger={ledger}
      open={open}
      onOpenChange={setOpen}
      help={
        <DeliveryHelp
          delivery={delivery}
          account={account}
          mayEdit={may("editor")}
          links={{
            accounts: `/w/${workspace.id}/accounts`,
            edit: `/w/${workspace.id}/posts/${delivery.post_id}/edit`,
          }}
          onAct={onAct}
        />
      }
    />
  )
}
