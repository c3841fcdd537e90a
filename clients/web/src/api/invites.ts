import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { allPages, type InviteRole, unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

/** Admins and owners only: `enabled` keeps others from a 403. */
export function useInvites(workspaceId: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.invites(workspaceId),
    enabled,
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        unwrap(
          http.GET("/v1/workspaces/{workspace_id}/invites", {
            params: { path: { workspace_id: workspaceId }, query: { limit: 200, cursor } },
            signal,
          }),
        ),
      ),
  })
}

export function useCreateInvite(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ key, ...body }: { role: InviteRole; email: string | null; key: string }) =>
      unwrap(
        http.POST("/v1/workspaces/{workspace_id}/invites", {
          params: { path: { workspace_id: workspaceId } },
          body,
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.invites(workspaceId) }),
  })
}

export function useRevokeInvite(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (inviteId: string) =>
      unwrap(
        http.DELETE("/v1/workspaces/{workspace_id}/invites/{invite_id}", {
          params: { path: { workspace_id: workspaceId, invite_id: inviteId } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.invites(workspaceId) }),
  })
}

export function useAcceptInvite() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (token: string) => unwrap(http.POST("/v1/invites/accept", { body: { token } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.workspaces }),
  })
}
