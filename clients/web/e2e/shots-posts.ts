import type { Page } from "@playwright/test"
import type { FakeNode } from "../src/test/fake-node.ts"

const made = new Map<string, string>()

/** The id of the last post in a state that `fillPosts` made. */
export function lastOf(state: string): string {
  return made.get(state) ?? "none"
}

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

const texts = [
  "Fresh rye bread from seven tomorrow.",
  "Office hours move to Thursday this week. See https://example.org/hours #engines",
  "We are hiring a second compositor. Apply by Friday, @engines.example.org answers questions.",
  "New: punched cards in three colours.",
  "A short thread on why the mill and the store are two things.",
  "Maintenance tonight: the engine pauses for half an hour.",
]

/** A workspace of weeks of posts in every state. */
export function fillPosts(node: FakeNode): void {
  for (let at = 0; at < 60; at += 1) {
    const hours = (at - 12) * 5 + (at % 7)
    const past = hours < 0
    const state = past ? (at % 6 === 3 ? "failed" : at % 6 === 5 ? "needs_review" : "published") : "scheduled"
    const more =
      state === "published"
        ? { published_at: inHours(hours), lateness_ms: 40 + at, permalink: "https://example.org/p/1" }
        : state === "failed"
          ? { error: { kind: "permission" as const, detail: "This account may not post links." } }
          : state === "needs_review"
            ? { error: { kind: "unknown_outcome" as const, detail: "It may or may not be on the network." } }
            : {}
    const post = node.add(
      {
        state,
        text: texts[at % texts.length],
        scheduled_at: inHours(hours),
        created_at: inHours(hours - 30),
      },
      at % 3 === 0 ? [more, more] : [more],
    )
    made.set(state, post.id)
  }
  const media = node.addMedia("A loaf of rye bread on a wooden board")
  const draft = node.add(
    {
      state: "draft",
      text: `${texts[1]}\n\nThe loom weaves flowers and leaves; the engine weaves algebraic patterns.`,
      media: [media],
    },
    [{ due_at: null }, { due_at: null }],
  )
  made.set("draft", draft.id)
}

/** Opens the dialog and chooses an hour that comes twice in London. */
export async function chooseDoubledHour(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Schedule", exact: true }).click()
  await page.getByLabel("Date").fill("2027-10-31")
  await page.getByLabel("Time").fill("01:30")
  await page.getByRole("radio", { name: /The first/ }).click()
}
