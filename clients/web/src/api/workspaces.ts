import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { allPages, ifMatch, unwrap, type Workspace } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

/** Every workspace of the user: the switcher shows them all. */
export function useWorkspaces() {
  return useQuery({
    queryKey: keys.workspaces,
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        unwrap(http.GET("/v1/workspaces", { params: { query: { limit: 200, cursor } }, signal })),
      ),
  })
}

export async function fetchWorkspace(workspace_id: string): Promise<Workspace> {
  return unwrap(http.GET("/v1/workspaces/{workspace_id}", { params: { path: { workspace_id } } }))
}

export function useCreateWorkspace() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ key, ...body }: { name: string; time_zone: string; key: string }) =>
      unwrap(http.POST("/v1/workspaces", { body, headers: { "Idempotency-Key": key } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.workspaces }),
  })
}

export type WorkspaceChange = { name?: string; time_zone?: string; max_lateness_s?: number }

/** Changes the version that was read; rejects with `precondition-failed` when it is no longer that. */
export function useUpdateWorkspace(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ version, ...body }: WorkspaceChange & { version: number }) =>
      unwrap(
        http.PATCH("/v1/workspaces/{workspace_id}", {
          params: { path: { workspace_id: workspaceId }, header: ifMatch(version) },
          body,
        }),
      ),
    onSuccess: (workspace) =>
      queries.setQueryData<Workspace[]>(keys.workspaces, (all) =>
        all?.map((one) => (one.id === workspace.id ? workspace : one)),
      ),
  })
}
