import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

export function usePost(workspaceId: string, postId: string | undefined) {
  return useQuery({
    queryKey: keys.post(workspaceId, postId ?? ""),
    enabled: postId !== undefined,
    queryFn: ({ signal }) =>
      unwrap(
        http.GET("/v1/workspaces/{workspace_id}/posts/{post_id}", {
          params: { path: { workspace_id: workspaceId, post_id: postId ?? "" } },
          signal,
        }),
      ),
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
      queries.setQueryData(keys.post(workspaceId, post.id), post)
      return queries.invalidateQueries({ queryKey: keys.summary(workspaceId) })
    },
  })
}
