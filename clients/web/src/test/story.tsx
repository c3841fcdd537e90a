import type { Decorator } from "@storybook/react-vite"
import { ApiProblem, type LedgerEntry } from "@troupe/api"
import { useEffect, useState } from "react"
import { Dialog, DialogContent } from "@/atoms/dialog"
import { byDay, itemsOf } from "@/lib/calendar-items"
import { ago, makeAccount, makePost } from "./fake-data"

// What stories share: the states in which an organism can find its data, and people who answer.

export const failure = new ApiProblem({
  kind: "internal",
  status: 500,
  title: "internal",
  requestId: "01a208c4-4eed",
})

export const loading = { data: undefined, error: null }
export const failed = { data: undefined, error: failure, refetch: () => undefined }
export const full = <T,>(data: T) => ({ data, error: null })

export const nothing = () => undefined
export const done = async () => undefined

/** A picture without a server. */
export const picture = (_: string, alt: string) => (
  <img
    alt={alt}
    className="size-full object-cover"
    src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'%3E%3Cpath fill='%230b6172' d='M0 0h4v3H0z'/%3E%3Cpath fill='%23dff0f2' d='m0 3 1.5-1.6L3 3z'/%3E%3C/svg%3E"
  />
)

export const engines = makeAccount({ platform: "mastodon", handle: "engines", display_name: "Engines" })
export const mill = makeAccount({ platform: "bluesky", handle: "mill.example.org", display_name: "The mill" })

/** Everything that can happen to a delivery. */
export const ledger: LedgerEntry[] = (
  [
    [null, "scheduled", 0, "planned", null],
    ["scheduled", "sending", 1, "due", null],
    ["sending", "in_doubt", 1, "timeout", "No answer within 30 s."],
    ["in_doubt", "sending", 2, "not found", "The network was asked and does not have it."],
    ["sending", "published", 2, "accepted", null],
  ] as const
).map(([from_state, to_state, attempt, reason, detail], at) => ({
  at: ago(60 - at),
  from_state,
  to_state,
  node: at < 3 ? "a" : "b",
  epoch: at < 3 ? 7 : 8,
  attempt,
  reason,
  detail,
}))

export const posts = [
  makePost({ text: "The engine weaves algebraic patterns.", state: "scheduled", scheduled_at: ago(-90) }),
  makePost({ text: "Office hours move to Thursday this week.", state: "published", scheduled_at: ago(300) }),
  makePost({ text: "New: punched cards in three colours.", state: "failed", scheduled_at: ago(120) }),
  makePost({ text: "We are hiring a second compositor.", state: "needs_review", scheduled_at: ago(60) }),
  makePost({ text: "A thought to finish later", state: "draft" }),
]

/** A calendar with a post at each of these times. */
export const entriesAt = (times: string[]) =>
  byDay(
    itemsOf(
      times.map((scheduled_at) => makePost({ text: "The engine weaves", state: "scheduled", scheduled_at })),
      "UTC",
    ),
  )

/** For what stands in a dialog that somebody else opens. */
export const inDialog: Decorator = (Story) => (
  <Dialog open>
    <DialogContent title="Connect an account">
      <Story />
    </DialogContent>
  </Dialog>
)

/** The browser without a connection, while the story is shown. */
export const offline: Decorator = (Story) => {
  const [cut, setCut] = useState(false)
  useEffect(() => {
    Object.defineProperty(navigator, "onLine", { configurable: true, get: () => false })
    setCut(true)
    return () => void Reflect.deleteProperty(navigator, "onLine")
  }, [])
  return cut ? <Story /> : <p />
}
