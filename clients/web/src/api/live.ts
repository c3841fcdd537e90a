import type { QueryClient } from "@tanstack/react-query"
import { followEvents, type LiveEvent, type StreamState } from "@troupe/api"
import { client } from "./client"
import { keys } from "./keys"

type Options = {
  workspaceId: string
  signal: AbortSignal
  onEvent: (event: LiveEvent) => void
  onReset: () => void
  onState: (state: StreamState) => void
}

export function followWorkspace({ workspaceId, ...options }: Options): Promise<void> {
  return followEvents({
    ...options,
    url: `${client.baseUrl}/v1/workspaces/${workspaceId}/events`,
    fetch: client.fetch,
  })
}

/** Which of the shown things an event makes old. An unknown kind makes everything of the workspace old. */
export function invalidateFor(queries: QueryClient, workspaceId: string, kinds: ReadonlySet<string>): void {
  const stale = new Set<readonly string[]>()
  for (const kind of kinds) {
    const [area] = kind.split(".")
    if (area === "post" || area === "delivery") {
      stale.add(keys.posts(workspaceId))
      stale.add(keys.deliveries(workspaceId))
      stale.add(keys.summary(workspaceId))
    } else if (area === "account") {
      stale.add(keys.accounts(workspaceId))
      stale.add(keys.summary(workspaceId))
    } else if (area === "member" || area === "invite") {
      stale.add(keys.members(workspaceId))
      stale.add(keys.invites(workspaceId))
      stale.add(keys.workspaces)
    } else if (area === "workspace") stale.add(keys.workspaces)
    else stale.add(keys.workspace(workspaceId))
  }
  for (const queryKey of stale) void queries.invalidateQueries({ queryKey })
}
