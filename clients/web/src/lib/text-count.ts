import type { Limits } from "@troupe/api"
import { findUrls } from "./urls"

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })
const utf8 = new TextEncoder()
/** What Mastodon and X reserve for a link of any length. */
const networkUrlWeight = 23

export function countGraphemes(text: string): number {
  // Of ASCII only CR LF is one cluster of two: the common case costs no segmenter.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text.length - (text.match(/\r\n/g)?.length ?? 0)
  let count = 0
  for (const _ of segmenter.segment(text)) count += 1
  return count
}

export const countBytes = (text: string): number => utf8.encode(text).length
const countCodePoints = (text: string): number => [...text].length

/** Every link replaced by `weight` letters; 0 leaves them. */
function withWeighedUrls(text: string, weight: number, plain: (part: string) => string): string {
  let out = ""
  let from = 0
  for (const { begin, end } of findUrls(text)) {
    out += plain(text.slice(from, begin)) + (weight > 0 ? "x".repeat(weight) : text.slice(begin, end))
    from = end
  }
  return out + plain(text.slice(from))
}

/** "@ada@example.social" counts as "@ada". */
function shortMentions(text: string): string {
  return text.replace(
    /(?<![=/\p{L}\p{N}_])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)@[\p{L}\p{N}_.-]*[\p{L}\p{N}_]/gu,
    "@$1",
  )
}

/** X: a link counts 23, an emoji of any make 2, Latin and common punctuation 1, everything else 2. */
function weighted(original: string, urlWeight: number): number {
  const text = original.normalize("NFC")
  let sum = 0
  for (const { segment } of segmenter.segment(withWeighedUrls(text, urlWeight, (part) => part))) {
    if (/\p{Emoji_Presentation}|\p{Regional_Indicator}|\ufe0f|\u20e3/u.test(segment)) sum += 2
    else
      for (const letter of segment)
        sum += /[\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]/u.test(letter) ? 1 : 2
  }
  return sum
}

function countUnit(text: string, unit: Limits["text_unit"]): number {
  switch (unit) {
    case "code_points":
      return countCodePoints(text)
    case "utf16_units":
      return text.length
    case "bytes":
      return countBytes(text)
    default:
      return countGraphemes(text)
  }
}

/** How long a text is in the unit of a network, as `net/platforms/text_count.cpp` counts. */
export function countText(text: string, limits: Pick<Limits, "text_unit" | "url_weight">): number {
  const weight = limits.url_weight || networkUrlWeight
  if (limits.text_unit === "mastodon") return countGraphemes(withWeighedUrls(text, weight, shortMentions))
  if (limits.text_unit === "x_weighted") return weighted(text, weight)
  if (limits.url_weight === 0) return countUnit(text, limits.text_unit)
  return countUnit(
    withWeighedUrls(text, limits.url_weight, (part) => part),
    limits.text_unit,
  )
}
