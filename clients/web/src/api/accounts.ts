import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { allPages, unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

export function useAccounts(workspaceId: string) {
  return useQuery({
    queryKey: keys.accounts(workspaceId),
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        unwrap(
          http.GET("/v1/workspaces/{workspace_id}/accounts", {
            params: { path: { workspace_id: workspaceId }, query: { limit: 200, cursor } },
            signal,
          }),
        ),
      ),
  })
}

export function useConnectAccount(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ key, ...body }: { platform: string; fields: Record<string, string>; key: string }) =>
      unwrap(
        http.POST("/v1/workspaces/{workspace_id}/accounts", {
          params: { path: { workspace_id: workspaceId } },
          body,
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.accounts(workspaceId) }),
        queries.invalidateQueries({ queryKey: keys.summary(workspaceId) }),
      ]),
  })
}
