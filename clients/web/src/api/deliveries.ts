import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { allPages, unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

const one = "/v1/workspaces/{workspace_id}/deliveries/{delivery_id}"

/** Everything that happened to a delivery, oldest first; fetched when it is first looked at. */
export function useLedger(workspaceId: string, deliveryId: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.ledger(workspaceId, deliveryId),
    enabled,
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        unwrap(
          http.GET(`${one}/ledger`, {
            params: {
              path: { workspace_id: workspaceId, delivery_id: deliveryId },
              query: { limit: 200, cursor },
            },
            signal,
          }),
        ),
      ),
  })
}

export type DeliveryAction =
  | { do: "retry" }
  | { do: "cancel" }
  | { do: "resolve"; as: "published"; permalink: string | null }
  | { do: "resolve"; as: "not_published" }

export function useActOnDelivery(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, action, key }: { id: string; action: DeliveryAction; key: string }) => {
      const options = {
        params: { path: { workspace_id: workspaceId, delivery_id: id } },
        headers: { "Idempotency-Key": key },
      }
      if (action.do !== "resolve") return unwrap(http.POST(`${one}/${action.do}`, options))
      const body =
        action.as === "published" ? { as: action.as, permalink: action.permalink } : { as: action.as }
      return unwrap(http.POST(`${one}/resolve`, { ...options, body }))
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.posts(workspaceId) }),
        queries.invalidateQueries({ queryKey: keys.deliveries(workspaceId) }),
        queries.invalidateQueries({ queryKey: keys.summary(workspaceId) }),
      ]),
  })
}
