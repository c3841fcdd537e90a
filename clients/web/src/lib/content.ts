import type { Account, Delivery, Post } from "@troupe/api"
import { countBytes, countText } from "./text-count"

export type MediaUse = Post["media"][number]

export type Target = {
  account_id: string
  /** null: the post's. */
  text: string | null
  title: string | null
  media: MediaUse[] | null
  options: Delivery["options"]
}

/** What a person writes: a post without its fate. */
export type Content = {
  text: string
  title: string | null
  language: string | null
  media: MediaUse[]
  targets: Target[]
}

export const emptyContent: Content = { text: "", title: null, language: null, media: [], targets: [] }

export function contentOf(post: Post): Content {
  return {
    text: post.text,
    title: post.title,
    language: post.language,
    media: post.media,
    targets: post.deliveries.map(({ account_id, overrides, text, title, media, options }) => ({
      account_id,
      text: overrides.includes("text") ? text : null,
      title: overrides.includes("title") ? title : null,
      media: overrides.includes("media") ? media : null,
      options,
    })),
  }
}

export function isContent(value: unknown): value is Content {
  const of = value as Partial<Content> | null
  return (
    typeof of === "object" &&
    of !== null &&
    typeof of.text === "string" &&
    Array.isArray(of.media) &&
    Array.isArray(of.targets)
  )
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
const fields = ["text", "title", "language", "media", "targets"] as const

/** The fields of `now` that differ from what the node has. */
export function changesOf(before: Content, now: Content): Partial<Content> {
  return Object.fromEntries(
    fields.filter((field) => !same(before[field], now[field])).map((field) => [field, now[field]]),
  )
}

export const sameContent = (a: Content, b: Content): boolean =>
  fields.every((field) => same(a[field], b[field]))

/** Nothing that anyone would miss. Chosen accounts alone are no loss. */
export const isBlank = ({ text, title, media, targets }: Content): boolean =>
  text.trim() === "" &&
  !title &&
  media.length === 0 &&
  targets.every((target) => !target.text && !target.title)

export const targetOf = (content: Content, accountId: string): Target | undefined =>
  content.targets.find((target) => target.account_id === accountId)

/** What goes to one account. */
export function versionFor(content: Content, accountId: string): Pick<Content, "text" | "title" | "media"> {
  const target = targetOf(content, accountId)
  return {
    text: target?.text ?? content.text,
    title: target?.title ?? content.title,
    media: target?.media ?? content.media,
  }
}

export function toggleTarget(content: Content, accountId: string): Content {
  const without = content.targets.filter((target) => target.account_id !== accountId)
  if (without.length < content.targets.length) return { ...content, targets: without }
  const added: Target = { account_id: accountId, text: null, title: null, media: null, options: {} }
  return { ...content, targets: [...without, added] }
}

export function changeTarget(content: Content, accountId: string, change: Partial<Target>): Content {
  return {
    ...content,
    targets: content.targets.map((one) => (one.account_id === accountId ? { ...one, ...change } : one)),
  }
}

/** How much of one limit is used. */
export type Count = { used: number; limit: number; unit: Account["limits"]["text_unit"] | "bytes" }

/** What of a text counts against an account: its own unit, and bytes where they are limited too. */
export function countsFor(text: string, limits: Account["limits"]): Count[] {
  const counts: Count[] = []
  if (limits.max_text > 0)
    counts.push({ used: countText(text, limits), limit: limits.max_text, unit: limits.text_unit })
  if (limits.max_text_bytes > 0)
    counts.push({ used: countBytes(text), limit: limits.max_text_bytes, unit: "bytes" })
  return counts
}

/** What would be refused, in terms of an account, a limit and a count; the node's `validate` has the last word. */
export type Trouble = {
  account: Account
  kind: "text" | "images" | "alt" | "empty" | "title"
  used: number
  limit: number
  unit: Count["unit"]
}

export function troublesFor(content: Content, account: Account): Trouble[] {
  const { limits } = account
  const { text, title, media } = versionFor(content, account.id)
  const found: Trouble[] = []
  const add = (kind: Trouble["kind"], used = 0, limit = 0, unit: Count["unit"] = "code_points") =>
    found.push({ account, kind, used, limit, unit })
  const blank = text.trim() === ""
  if (blank && (media.length === 0 || !limits.text_or_media)) add("empty")
  if (limits.needs_title && blank && !title?.trim()) add("title")
  for (const { used, limit, unit } of countsFor(text, limits))
    if (used > limit) add("text", used, limit, unit)
  if (media.length > limits.max_images) add("images", media.length, limits.max_images)
  for (const { alt } of media)
    if (limits.max_alt_text > 0 && [...alt].length > limits.max_alt_text)
      add("alt", [...alt].length, limits.max_alt_text)
  return found
}

/** What the composer begins with. */
export function firstContent(post: Post | undefined, accounts: readonly Account[]): Content {
  if (post) return contentOf(post)
  const usable = accounts.filter((account) => account.state === "active")
  // Whoever has one account always means that one.
  return usable.length === 1 && usable[0] ? toggleTarget(emptyContent, usable[0].id) : emptyContent
}
