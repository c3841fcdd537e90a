import { createTroupeClient, type Exclusive, type SessionChannel, type SessionMessage } from "@troupe/api"
import { store } from "@/lib/storage"

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

/** That this browser has signed in. No script sees the cookie, and who never signed in need not ask and be refused. */
const hint = "troupe.session"

function mayHaveCookie(): boolean {
  if (import.meta.env.MODE === "fake") return true
  try {
    return localStorage.getItem(hint) !== null
  } catch {
    return true // Nothing can be kept here, so it is asked each time.
  }
}

if (!mayHaveCookie()) session.none()
session.subscribe(() => {
  const { kind } = session.state
  if (kind === "signed_in") store(hint, "1")
  else if (kind === "signed_out") store(hint, undefined)
})
