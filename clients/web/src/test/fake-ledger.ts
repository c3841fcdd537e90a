import type { Delivery, LedgerEntry } from "@troupe/api"
import { json, type On } from "./fake-node"

/** What happened to each delivery of the node in memory. */
export function addLedgerRoutes(on: On) {
  const ledgers = new Map<string, LedgerEntry[]>()

  /** Records that a delivery came from a state into the one it has. */
  function note(
    delivery: Delivery,
    from: Delivery["state"] | null,
    reason: string,
    detail: string | null = null,
  ) {
    const entry: LedgerEntry = {
      at: new Date().toISOString(),
      from_state: from,
      to_state: delivery.state,
      node: "a",
      epoch: 1,
      attempt: delivery.attempt,
      reason,
      detail,
    }
    ledgers.set(delivery.id, [...(ledgers.get(delivery.id) ?? []), entry])
  }

  /** Records what a delivery that a test or a picture starts with has behind it. */
  function recall(one: Delivery, created_at: string) {
    const time = (minutes: number) => new Date(Date.parse(created_at) + minutes * 60_000).toISOString()
    const row = { node: "a", epoch: 7, attempt: 0, detail: null }
    const rows: LedgerEntry[] = [
      { ...row, at: time(0), from_state: null, to_state: "draft", reason: "created" },
      { ...row, at: time(1), from_state: "draft", to_state: "scheduled", reason: "scheduled" },
    ]
    if (["published", "failed", "needs_review"].includes(one.state)) {
      rows.push({
        ...row,
        at: time(2),
        from_state: "scheduled",
        to_state: "sending",
        reason: "due",
        attempt: 1,
      })
      const reason = { published: "published", failed: "the network refused it" }[one.state as string]
      rows.push({
        ...row,
        at: time(3),
        from_state: "sending",
        to_state: one.state,
        attempt: 1,
        node: "b",
        reason: reason ?? "no trustworthy answer",
        detail: one.error?.detail ?? null,
      })
    }
    ledgers.set(one.id, one.state === "draft" ? rows.slice(0, 1) : rows)
  }

  on("GET /v1/workspaces/{w}/deliveries/{id}/ledger", ({ params }) =>
    json({ items: ledgers.get(params.id ?? "") ?? [], next_cursor: null }),
  )

  return { note, recall }
}
