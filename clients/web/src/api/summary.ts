import { useQuery } from "@tanstack/react-query"
import { unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

/** The dashboard in one call. */
export function useSummary(workspaceId: string) {
  return useQuery({
    queryKey: keys.summary(workspaceId),
    queryFn: ({ signal }) =>
      unwrap(
        http.GET("/v1/workspaces/{workspace_id}/summary", {
          params: { path: { workspace_id: workspaceId } },
          signal,
        }),
      ),
  })
}
