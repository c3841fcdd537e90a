import { notifyManager, QueryClient } from "@tanstack/react-query"
import { isProblem } from "@troupe/api"

// At once and not with the next timer: a button is drawn as busy before the second click of a double click arrives.
notifyManager.setScheduler(queueMicrotask)

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The live stream invalidates what changes, so what is shown stays fresh for long.
        staleTime: 30_000,
        // What a person can mend (403, 404, 422) does not mend itself; what is transient may.
        retry: (failures, error) => failures < 2 && isProblem(error) && error.transient,
        retryDelay: (failure) => Math.min(8_000, 500 * 2 ** failure),
      },
      mutations: { retry: false, networkMode: "always" },
    },
  })
}
