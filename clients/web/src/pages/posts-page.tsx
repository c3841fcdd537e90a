import "@/i18n/areas/publish"
import { newIdempotencyKey, type Post, type PostState } from "@troupe/api"
import { FilterX, PenLine, SearchX } from "lucide-react"
import { useMemo, useState } from "react"
import { Link, useSearchParams } from "react-router"
import { useAccounts } from "@/api/accounts"
import { type PostFilter, type PostOrder, useActOnPost, usePostPages } from "@/api/posts"
import { Button } from "@/atoms/button"
import { Card } from "@/atoms/card"
import { DateInput } from "@/atoms/input"
import { Select } from "@/atoms/select"
import { useToast } from "@/contexts/toasts"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { isContent } from "@/lib/content"
import { allCopies } from "@/lib/local-drafts"
import { addDays, startOfDay } from "@/lib/wall-clock"
import { ConfirmDialog } from "@/molecules/confirm-dialog"
import { EmptyState } from "@/molecules/empty-state"
import { ErrorState } from "@/molecules/error-state"
import { FormField } from "@/molecules/form-field"
import { LoadingRows } from "@/molecules/loading-rows"
import { Notice } from "@/molecules/notice"
import { deedsFor } from "@/organisms/post-actions"
import { PostFilters, postStates } from "@/organisms/post-filters"
import { PostTable } from "@/organisms/post-table"
import { Page } from "@/templates/page"

const orders: readonly PostOrder[] = ["created_desc", "created_asc", "scheduled_asc", "scheduled_desc"]
const isDay = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00Z`))

/** `/posts`: everything written, by state, account and time. The filters live in the address. */
export function PostsPage() {
  const { t } = useI18n()
  const { workspace, may } = useWorkspace()
  const [params, setParams] = useSearchParams()
  const accounts = useAccounts(workspace.id)
  const base = `/w/${workspace.id}`
  const zone = workspace.time_zone

  const state = postStates.find((one) => one === params.get("state"))
  const account = params.get("account") ?? ""
  const [from, to] = [params.get("from"), params.get("to")]
  const order = orders.find((one) => one === params.get("order")) ?? "created_desc"
  const filter: PostFilter = {
    state: state && ([state] as PostState[]),
    account_id: account || undefined,
    from: isDay(from) ? startOfDay(from, zone).toISOString() : undefined,
    to: isDay(to) ? startOfDay(addDays(to, 1), zone).toISOString() : undefined,
  }
  const filtered = ["state", "account", "from", "to"].some((name) => params.get(name))
  const posts = usePostPages(workspace.id, filter, order)
  const all = useMemo(() => posts.data?.pages.flatMap((page) => page.items), [posts.data])

  function set(name: string, value: string) {
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (value) next.set(name, value)
        else next.delete(name)
        return next
      },
      { replace: true },
    )
  }
  const write = (
    <Button asChild>
      <Link to={`${base}/compose`}>
        <PenLine aria-hidden />
        {t("posts.new")}
      </Link>
    </Button>
  )
  return (
    <Page title={t("posts.title")} text={t("posts.text")} actions={may("editor") && write}>
      <Unsaved workspaceId={workspace.id} />
      <PostFilters
        state={state ?? ""}
        account={account}
        accounts={accounts.data ?? []}
        onState={(value) => set("state", value)}
        onAccount={(value) => set("account", value)}
      >
        {(["from", "to"] as const).map((end) => (
          <FormField key={end} label={t(`posts.${end}`)} className="min-w-0 sm:w-40">
            {(control) => (
              <DateInput
                {...control}
                value={params.get(end) ?? ""}
                onChange={(event) => set(end, event.target.value)}
              />
            )}
          </FormField>
        ))}
        <FormField label={t("posts.order")} className="min-w-0 sm:w-44">
          {(control) => (
            <Select {...control} value={order} onChange={(event) => set("order", event.target.value)}>
              {orders.map((one) => (
                <option key={one} value={one}>
                  {t(`posts.order_${one}`)}
                </option>
              ))}
            </Select>
          )}
        </FormField>
        {filtered && (
          <Button variant="ghost" onClick={() => setParams({}, { replace: true })}>
            <FilterX aria-hidden />
            {t("posts.clear")}
          </Button>
        )}
      </PostFilters>
      <Card aria-label={t("posts.title")} aria-busy={all === undefined && !posts.isError}>
        {all === undefined ? (
          posts.isError ? (
            <ErrorState
              error={posts.error}
              onRetry={() => void posts.refetch()}
              retrying={posts.isFetching}
            />
          ) : (
            <LoadingRows rows={6} />
          )
        ) : all.length === 0 ? (
          filtered ? (
            <EmptyState icon={SearchX} title={t("posts.none")} text={t("posts.none_text")} />
          ) : (
            <EmptyState
              icon={PenLine}
              title={t("posts.empty")}
              text={t("posts.empty_text")}
              action={may("editor") && write}
            />
          )
        ) : (
          <Listed key={params.toString()} posts={all} />
        )}
      </Card>
      {posts.hasNextPage && (
        <Button
          variant="secondary"
          className="justify-self-center"
          busy={posts.isFetchingNextPage}
          onClick={() => void posts.fetchNextPage()}
        >
          {t("posts.more")}
        </Button>
      )}
    </Page>
  )
}

/** The rows, and what is done with several at once. */
function Listed({ posts }: { posts: readonly Post[] }) {
  const { t } = useI18n()
  const { workspace, may } = useWorkspace()
  const accounts = useAccounts(workspace.id)
  const act = useActOnPost(workspace.id)
  const toast = useToast()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const chosen = posts.filter((post) => selected.has(post.id))
  const cancellable = chosen.filter((post) => deedsFor(post).cancel)

  async function cancelAll() {
    let done = 0
    // One after the other: a refusal of one says nothing of the others, and the node is not flooded.
    for (const post of cancellable) {
      const ended = await act
        .mutateAsync({ post, action: { do: "cancel" }, key: newIdempotencyKey() })
        .catch(() => undefined)
      if (ended) done += 1
    }
    setSelected(new Set())
    const count = cancellable.length
    if (done === count) toast({ tone: "ok", title: t("posts.cancel_selected_done", { count }) })
    else toast({ tone: "danger", title: t("posts.cancel_selected_some", { done, count }) })
  }
  return (
    <>
      {chosen.length > 0 && (
        <div className="sticky top-0 z-10 flex flex-wrap items-center gap-3 rounded-t-lg border-line border-b bg-raised px-5 py-2.5">
          <p role="status" className="font-medium text-sm">
            {t("posts.selected", { count: chosen.length })}
          </p>
          <ConfirmDialog
            title={t("posts.cancel_selected_confirm", { count: cancellable.length })}
            text={t("post.cancel_text")}
            confirm={t("posts.cancel_selected")}
            cancel={t("post.keep")}
            onConfirm={cancelAll}
          >
            <Button size="sm" variant="secondary" disabled={cancellable.length === 0}>
              {t("posts.cancel_selected")}
            </Button>
          </ConfirmDialog>
          <Button size="sm" variant="ghost" onClick={() => setSelected(new Set())}>
            {t("posts.clear_selection")}
          </Button>
        </div>
      )}
      <PostTable
        posts={posts}
        accounts={accounts.data ?? []}
        base={`/w/${workspace.id}`}
        selected={may("editor") ? selected : undefined}
        onSelect={(id, on) =>
          setSelected((before) => {
            const next = new Set(before)
            if (on) next.add(id)
            else next.delete(id)
            return next
          })
        }
      />
    </>
  )
}

/** What was typed on this device and never reached the node. */
function Unsaved({ workspaceId }: { workspaceId: string }) {
  const { t, dateTime, zone } = useI18n()
  const [copies] = useState(() => allCopies(workspaceId, isContent))
  if (copies.length === 0) return null
  return (
    <Notice tone="info" title={t("posts.unsaved", { count: copies.length })}>
      <p>{t("posts.unsaved_text")}</p>
      <ul className="grid gap-1">
        {copies.map(({ id, content, savedAt }) => (
          <li key={id}>
            <Link
              className="break-words underline underline-offset-4"
              to={`/w/${workspaceId}/${id.startsWith("new-") ? "compose" : `posts/${id}/edit`}`}
            >
              {content.text.trim().slice(0, 60) ||
                t("posts.unsaved_new", { when: dateTime(new Date(savedAt), zone) })}
            </Link>
          </li>
        ))}
      </ul>
    </Notice>
  )
}
