import { useQuery } from "@tanstack/react-query"
import { unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

/** The networks of this build: they change with the server, not while a page is open. */
export function usePlatforms() {
  return useQuery({
    queryKey: keys.platforms,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => (await unwrap(http.GET("/v1/platforms", { signal }))).items,
  })
}
