import { createTroupeClient, type Exclusive, type SessionChannel, type SessionMessage } from "@troupe/api"

/** One refresh at a time over all tabs, which share one cookie. Old browsers fall back to one at a time in this tab. */
const overTabs: Exclusive | undefined = navigator.locks
  ? <T>(task: () => Promise<T>) => navigator.locks.request("troupe.refresh", task) as Promise<T>
  : undefined

/** Tells the other tabs of a new access token or a sign-out: same origin, never stored. */
function tabs(): SessionChannel | undefined {
  if (typeof BroadcastChannel === "undefined") return undefined
  const channel = new BroadcastChannel("troupe.session")
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      channel.onmessage = (event: MessageEvent<SessionMessage>) => listener(event.data)
    },
  }
}

export const client = createTroupeClient({
  baseUrl: location.origin,
  exclusive: overTabs,
  channel: tabs(),
})

export const { http, session } = client
