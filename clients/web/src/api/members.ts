import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { allPages, type Role, unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

export function useMembers(workspaceId: string) {
  return useQuery({
    queryKey: keys.members(workspaceId),
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        unwrap(
          http.GET("/v1/workspaces/{workspace_id}/members", {
            params: { path: { workspace_id: workspaceId }, query: { limit: 200, cursor } },
            signal,
          }),
        ),
      ),
  })
}

export function useChangeRole(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ userId, role }: { userId: string; role: Role }) =>
      unwrap(
        http.PATCH("/v1/workspaces/{workspace_id}/members/{user_id}", {
          params: { path: { workspace_id: workspaceId, user_id: userId } },
          body: { role },
        }),
      ),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.members(workspaceId) }),
        queries.invalidateQueries({ queryKey: keys.workspaces }),
      ]),
  })
}

export function useRemoveMember(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (userId: string) =>
      unwrap(
        http.DELETE("/v1/workspaces/{workspace_id}/members/{user_id}", {
          params: { path: { workspace_id: workspaceId, user_id: userId } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.members(workspaceId) }),
  })
}
