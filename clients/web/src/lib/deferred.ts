import { useEffect, useSyncExternalStore } from "react"

/** A part of the app that the first look at it can do without. */
export type Deferred<T> = {
  /** Begins to fetch it; one that failed is tried again. */
  start: () => void
  /** What was fetched, and undefined until then. */
  get: () => T | undefined
  subscribe: (listener: () => void) => () => void
}

export function deferred<T>(load: () => Promise<T>): Deferred<T> {
  let loaded: T | undefined
  let loading = false
  const listeners = new Set<() => void>()
  return {
    start() {
      if (loading || loaded !== undefined) return
      loading = true
      load().then(
        (part) => {
          loaded = part
          for (const listener of listeners) listener()
        },
        () => {
          // Offline, or the app was replaced on the server: the next one who wants it tries again.
          loading = false
        },
      )
    },
    get: () => loaded,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** How long after the page a part is fetched that nobody has asked for yet. */
const restMs = 4_000

/** Fetches the part when it is wanted, or before, while nobody waits for anything. */
export function useDeferred<T>(part: Deferred<T>, wanted: boolean): T | undefined {
  useEffect(() => {
    if (wanted) {
      part.start()
      // Wanted while the connection is away: it comes with the connection.
      addEventListener("online", part.start)
      return () => removeEventListener("online", part.start)
    }
    const timer = setTimeout(() => whenIdle(part.start), restMs)
    return () => clearTimeout(timer)
  }, [part, wanted])
  return useSyncExternalStore(part.subscribe, part.get)
}

function whenIdle(run: () => void) {
  if (typeof requestIdleCallback === "function") requestIdleCallback(run)
  else run()
}
