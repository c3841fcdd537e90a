import { useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query"
import { type ActorNode, isProblem, unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

const everyMs = 5_000
/** The most that the node gives of one actor's children; the busiest come first. */
const childrenAtMost = 1_000

/** `live` asks again every few seconds, but not while the page is hidden: TanStack holds the clock then. */
type Live = { live: boolean; enabled?: boolean }
const again = ({ live, enabled = true }: Live) => ({
  enabled,
  refetchInterval: live ? everyMs : (false as const),
  staleTime: everyMs / 2,
})

/** Node, groups and those of their shards that hold something. */
export function useActorTree(of: Live) {
  return useQuery({
    queryKey: keys.operations("actors"),
    ...again(of),
    queryFn: ({ signal }) =>
      unwrap(
        http.GET("/v1/operations/actors", { params: { query: { depth: 2, limit: childrenAtMost } }, signal }),
      ),
  })
}

/** What lies directly below each of `paths`. */
export function useActorChildren(paths: readonly string[], of: Live) {
  return useQueries({
    queries: paths.map((path) => ({
      queryKey: keys.operations("actors", path),
      ...again(of),
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        unwrap(
          http.GET("/v1/operations/actors", {
            params: { query: { path, depth: 1, limit: childrenAtMost } },
            signal,
          }),
        ),
    })),
  })
}

export function useActor(path: string | undefined, of: Live) {
  return useQuery({
    queryKey: keys.operations("actor", path ?? ""),
    ...again({ ...of, enabled: path !== undefined }),
    // An actor that went to rest is no failure worth a second try.
    retry: (failures, error) => failures < 2 && isProblem(error) && error.transient,
    queryFn: ({ signal }) =>
      unwrap(http.GET("/v1/operations/actors/{path}", { params: { path: { path: path ?? "" } }, signal })),
  })
}

type QuarantinePage = { items: ActorNode[]; next_cursor: string | null }

export function useQuarantine(of: Live) {
  return useInfiniteQuery({
    queryKey: keys.operations("quarantine"),
    ...again(of),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: QuarantinePage) => page.next_cursor ?? undefined,
    queryFn: ({ signal, pageParam }): Promise<QuarantinePage> =>
      unwrap(
        http.GET("/v1/operations/quarantine", {
          params: { query: { limit: 100, cursor: pageParam } },
          signal,
        }),
      ),
  })
}

export function useLiftQuarantine() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (path: string) => unwrap(http.POST("/v1/operations/quarantine/lift", { body: { path } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.operations() }),
  })
}

export function useNodes(of: Live) {
  return useQuery({
    queryKey: keys.operations("nodes"),
    ...again(of),
    queryFn: async ({ signal }) => (await unwrap(http.GET("/v1/operations/nodes", { signal }))).items,
  })
}

export function useShards(of: Live) {
  return useQuery({
    queryKey: keys.operations("shards"),
    ...again(of),
    queryFn: async ({ signal }) => (await unwrap(http.GET("/v1/operations/shards", { signal }))).items,
  })
}
