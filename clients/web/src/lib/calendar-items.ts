import type { Post } from "@troupe/api"
import { type Day, toLocal } from "./wall-clock"

/** A post at its place in a calendar. */
export type Item = { post: Post; day: Day; hour: number; minute: number; time: string }

export function itemsOf(posts: readonly Post[], zone: string): Item[] {
  const items = posts.flatMap((post): Item[] => {
    if (post.scheduled_at === null) return []
    const local = toLocal(Date.parse(post.scheduled_at), zone)
    const time = local.slice(11)
    return [
      { post, day: local.slice(0, 10), hour: Number(time.slice(0, 2)), minute: Number(time.slice(3)), time },
    ]
  })
  // By the instant, so that both halves of a doubled hour keep their order.
  return items.sort((a, b) => (a.post.scheduled_at ?? "").localeCompare(b.post.scheduled_at ?? ""))
}

export function byDay(items: readonly Item[]): Map<Day, Item[]> {
  const days = new Map<Day, Item[]>()
  for (const item of items) {
    const day = days.get(item.day)
    if (day) day.push(item)
    else days.set(item.day, [item])
  }
  return days
}

/** Whether the node would move it: nothing of it is with a network, and something can still be sent. */
export function isMovable(post: Post): boolean {
  const states = post.deliveries.map(({ state }) => state)
  if (states.some((state) => state === "sending" || state === "in_doubt")) return false
  return states.some((state) => state === "scheduled" || state === "failed" || state === "draft")
}
