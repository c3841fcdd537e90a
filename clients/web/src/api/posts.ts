import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query"
import { allPages, ifMatch, type Post, type PostState, type Schedule, unwrap } from "@troupe/api"
import { useRef } from "react"
import type { Content } from "@/lib/content"
import { http } from "./client"
import { keys } from "./keys"

const one = "/v1/workspaces/{workspace_id}/posts/{post_id}"

export function fetchPost(workspace_id: string, post_id: string, signal?: AbortSignal): Promise<Post> {
  return unwrap(http.GET(one, { params: { path: { workspace_id, post_id } }, signal }))
}

export function usePost(workspaceId: string, postId: string | undefined) {
  return useQuery({
    queryKey: keys.post(workspaceId, postId ?? ""),
    enabled: postId !== undefined,
    queryFn: ({ signal }) => fetchPost(workspaceId, postId ?? "", signal),
  })
}

export type PostFilter = { state?: PostState[]; account_id?: string; from?: string; to?: string }
export type PostOrder = "created_desc" | "created_asc" | "scheduled_asc" | "scheduled_desc"

/** Posts page by page. */
export function usePostPages(workspaceId: string, filter: PostFilter, order: PostOrder) {
  return useInfiniteQuery({
    queryKey: keys.postList(workspaceId, { ...filter, order }),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        http.GET("/v1/workspaces/{workspace_id}/posts", {
          params: {
            path: { workspace_id: workspaceId },
            query: { ...filter, order, limit: 30, cursor: pageParam },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
}

/** What a calendar shows of a range at most. */
export const rangeHolds = 2_000

/** Every post with a time in a range, earliest first. The range before stays on the screen until the new one is there. */
export function usePostRange(workspaceId: string, filter: PostFilter & { from: string; to: string }) {
  return useQuery({
    queryKey: keys.postRange(workspaceId, filter),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      allPages(
        (cursor) =>
          unwrap(
            http.GET("/v1/workspaces/{workspace_id}/posts", {
              params: {
                path: { workspace_id: workspaceId },
                query: { ...filter, order: "scheduled_asc", limit: 200, cursor },
              },
              signal,
            }),
          ),
        rangeHolds,
      ),
  })
}

export function createPost(workspace_id: string, content: Content, key: string): Promise<Post> {
  return unwrap(
    http.POST("/v1/workspaces/{workspace_id}/posts", {
      params: { path: { workspace_id } },
      body: content,
      headers: { "Idempotency-Key": key },
    }),
  )
}

/** Changes the version that was read; rejects with `precondition-failed` when it is no longer that. */
export function updatePost(
  workspace_id: string,
  { id, version }: Pick<Post, "id" | "version">,
  changes: Partial<Content>,
): Promise<Post> {
  return unwrap(
    http.PATCH(one, {
      params: { path: { workspace_id, post_id: id }, header: ifMatch(version) },
      body: changes,
    }),
  )
}

/** What the networks would refuse, and how far the node's clock is ahead of ours. */
export async function validatePost(workspace_id: string, post_id: string) {
  const answer = http.POST(`${one}/validate`, { params: { path: { workspace_id, post_id } } })
  const validation = await unwrap(answer)
  const theirs = Date.parse((await answer).response.headers.get("date") ?? "")
  return { validation, aheadMs: Number.isNaN(theirs) ? 0 : theirs - Date.now() }
}

export type PostAction =
  | { do: "schedule"; schedule: Schedule }
  | { do: "unschedule" }
  | { do: "cancel" }
  | { do: "publish-now" }

type Acted = { post: Pick<Post, "id" | "version">; action: PostAction; key: string }

export function actOnPost(workspace_id: string, { post, action, key }: Acted): Promise<Post> {
  const options = {
    params: { path: { workspace_id, post_id: post.id }, header: ifMatch(post.version) },
    headers: { "Idempotency-Key": key },
  }
  if (action.do === "schedule")
    return unwrap(http.POST(`${one}/schedule`, { ...options, body: action.schedule }))
  return unwrap(http.POST(`${one}/${action.do}`, options))
}

/** Rises with everything that happens to a post and its deliveries. */
function age(post: Post): number {
  return post.deliveries.reduce((sum, delivery) => sum + delivery.version, post.version)
}

/** The later of two states of one post: an event may have been quicker than the answer that it overtook. */
function later(shown: Post | undefined, answered: Post): Post {
  return shown && age(shown) > age(answered) ? shown : answered
}

/** Puts an answer where the post is kept, and asks again: what happened since may have been heard already. */
function keep(queries: QueryClient, workspaceId: string, post: Post) {
  const key = keys.post(workspaceId, post.id)
  queries.setQueryData<Post>(key, (shown) => later(shown, post))
  void queries.invalidateQueries({ queryKey: key })
}

/** Puts what an answer says of a post into everything that shows it. */
export function useRemember(workspaceId: string) {
  const queries = useQueryClient()
  return (post: Post) => {
    keep(queries, workspaceId, post)
    const swap = (all: Post[]) => all.map((shown) => (shown.id === post.id ? later(shown, post) : shown))
    queries.setQueriesData<Post[]>(
      { queryKey: keys.postRange(workspaceId, {}).slice(0, 4) },
      (all) => all && swap(all),
    )
    queries.setQueriesData<InfiniteData<{ items: Post[]; next_cursor: string | null }>>(
      { queryKey: keys.postList(workspaceId, {}).slice(0, 4) },
      (all) => all && { ...all, pages: all.pages.map((page) => ({ ...page, items: swap(page.items) })) },
    )
    void queries.invalidateQueries({ queryKey: keys.summary(workspaceId) })
    void queries.invalidateQueries({ queryKey: keys.deliveries(workspaceId) })
    void queries.invalidateQueries({ queryKey: keys.posts(workspaceId), refetchType: "none" })
  }
}

export function useActOnPost(workspaceId: string) {
  const remember = useRemember(workspaceId)
  return useMutation({ mutationFn: (acted: Acted) => actOnPost(workspaceId, acted), onSuccess: remember })
}

type Move = { post: Post; schedule: Schedule; at: string; key: string }

/**
 * Moves a post before the node has answered, and back when it refuses. One move after the other, each on the version that the
 * one before made: whoever presses a key three times means three steps, and is nobody's rival.
 */
export function useMovePost(workspaceId: string) {
  const queries = useQueryClient()
  const remember = useRemember(workspaceId)
  const versions = useRef(new Map<string, number>())
  const mutationKey = ["move", workspaceId]
  const ranges = { queryKey: keys.postRange(workspaceId, {}).slice(0, 4) }
  const isLast = () => queries.isMutating({ mutationKey }) <= 1
  return useMutation({
    mutationKey,
    scope: { id: `move ${workspaceId}` },
    mutationFn: ({ post, schedule, key }: Move) => {
      const version = Math.max(post.version, versions.current.get(post.id) ?? 0)
      return actOnPost(workspaceId, {
        post: { id: post.id, version },
        action: { do: "schedule", schedule },
        key,
      })
    },
    onMutate: async ({ post, at }) => {
      await queries.cancelQueries(ranges)
      const before = queries.getQueriesData<Post[]>(ranges)
      queries.setQueriesData<Post[]>(ranges, (all) =>
        all?.map((shown) =>
          shown.id === post.id ? { ...shown, scheduled_at: at, schedule_local: null } : shown,
        ),
      )
      return { before }
    },
    onError: (_error, _moved, context) => {
      for (const [key, posts] of context?.before ?? []) queries.setQueryData(key, posts)
    },
    onSuccess: (moved) => {
      versions.current.set(moved.id, moved.version)
      // The screen is further than this answer while more moves wait.
      if (isLast()) remember(moved)
    },
    onSettled: () =>
      isLast() ? queries.invalidateQueries({ queryKey: keys.posts(workspaceId) }) : undefined,
  })
}

export function useDeletePost(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, version }: Pick<Post, "id" | "version">) =>
      unwrap(
        http.DELETE(one, {
          params: { path: { workspace_id: workspaceId, post_id: id }, header: ifMatch(version) },
        }),
      ),
    onSuccess: (_none, { id }) => {
      queries.removeQueries({ queryKey: keys.post(workspaceId, id) })
      void queries.invalidateQueries({ queryKey: keys.posts(workspaceId) })
      void queries.invalidateQueries({ queryKey: keys.summary(workspaceId) })
    },
  })
}

/** Writes a post and sends it at once. `key` makes both steps repeatable: a second try never doubles it. */
export function useWriteAndPublish(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ text, accountId, key }: { text: string; accountId: string; key: string }) => {
      const post = await unwrap(
        http.POST("/v1/workspaces/{workspace_id}/posts", {
          params: { path: { workspace_id: workspaceId } },
          body: { text, targets: [{ account_id: accountId }] },
          headers: { "Idempotency-Key": `${key}-write` },
        }),
      )
      return unwrap(
        http.POST("/v1/workspaces/{workspace_id}/posts/{post_id}/publish-now", {
          params: { path: { workspace_id: workspaceId, post_id: post.id } },
          headers: { "Idempotency-Key": `${key}-publish` },
        }),
      )
    },
    onSuccess: (post) => {
      keep(queries, workspaceId, post)
      return queries.invalidateQueries({ queryKey: keys.summary(workspaceId) })
    },
  })
}
