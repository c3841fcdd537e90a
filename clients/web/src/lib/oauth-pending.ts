const key = "troupe.oauth"

/** A connect that left for the network's sign-in page: what this tab, and no other, remembers of it. */
export type PendingOauth = { state: string; workspaceId: string }

export function rememberOauth(pending: PendingOauth): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(pending))
  } catch {
    // Then only the node's cookie binds the browser, which is what the usual way needs.
  }
}

/** What this tab began, if `state` is of that; it is forgotten either way, since a state works once. */
export function takeOauth(state: string): PendingOauth | undefined {
  try {
    const text = sessionStorage.getItem(key)
    sessionStorage.removeItem(key)
    const pending = JSON.parse(text ?? "null") as Partial<PendingOauth> | null
    if (pending?.state !== state || typeof pending.workspaceId !== "string") return undefined
    return { state, workspaceId: pending.workspaceId }
  } catch {
    return undefined
  }
}
