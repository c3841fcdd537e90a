import { findUrls, type Span } from "./urls"

export type Piece = { at: number; text: string; kind: "plain" | "link" | "mention" | "tag" }

const patterns: Record<string, RegExp> = {
  bluesky: /(?<=^|[\s(])@[a-z0-9](?:[a-z0-9-]*\.)+[a-z][a-z0-9-]*/giu,
  mastodon: /(?<![=/\p{L}\p{N}_])@[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?(?:@[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?/giu,
}
const tag = /(?<=^|\s)[#\uff03]\p{L}[\p{L}\p{M}\p{N}_-]*/gu

/** Cuts a text at its links, mentions and tags, as the network will show them. WordPress knows links only. */
export function richText(text: string, platform: string): Piece[] {
  const found: (Span & { kind: Piece["kind"] })[] = findUrls(text).map((span) => ({ ...span, kind: "link" }))
  const add = (pattern: RegExp, kind: Piece["kind"]) => {
    for (const match of text.matchAll(pattern)) {
      const span = { begin: match.index, end: match.index + match[0].length, kind }
      if (!found.some((other) => other.begin < span.end && span.begin < other.end)) found.push(span)
    }
  }
  if (platform !== "wordpress") {
    const mention = patterns[platform] ?? patterns.mastodon
    if (mention) add(mention, "mention")
    add(tag, "tag")
  }
  found.sort((a, b) => a.begin - b.begin)

  const pieces: Piece[] = []
  let from = 0
  for (const { begin, end, kind } of found) {
    if (begin > from) pieces.push({ at: from, text: text.slice(from, begin), kind: "plain" })
    pieces.push({ at: begin, text: text.slice(begin, end), kind })
    from = end
  }
  if (from < text.length) pieces.push({ at: from, text: text.slice(from), kind: "plain" })
  return pieces
}
