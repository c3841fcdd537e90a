import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { ifMatch, type User, unwrap } from "@troupe/api"
import { http, session } from "./client"
import { keys } from "./keys"

/** The user with `operator`, which is certain only here, not in the answer that opened the session. */
export function useMe() {
  return useQuery({
    queryKey: keys.me,
    queryFn: ({ signal }): Promise<User> => unwrap(http.GET("/v1/me", { signal })),
  })
}

export async function fetchMe(): Promise<User> {
  return unwrap(http.GET("/v1/me"))
}

/** Changes the version that was read; rejects with `precondition-failed` when it is no longer that. */
export function useUpdateMe() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ display_name, version }: { display_name: string; version: number }) =>
      unwrap(http.PATCH("/v1/me", { body: { display_name }, headers: ifMatch(version) })),
    onSuccess: (user) => {
      session.update(user)
      return queries.invalidateQueries({ queryKey: keys.me })
    },
  })
}

export function useMySessions() {
  return useQuery({
    queryKey: keys.mySessions,
    queryFn: async ({ signal }) => (await unwrap(http.GET("/v1/me/sessions", { signal }))).items,
  })
}

export function useEndSession() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (session_id: string) =>
      unwrap(http.DELETE("/v1/me/sessions/{session_id}", { params: { path: { session_id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.mySessions }),
  })
}
