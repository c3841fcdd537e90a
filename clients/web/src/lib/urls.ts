/** A stretch of a text, in UTF-16 units, end exclusive. */
export type Span = { begin: number; end: number }

const scheme = /https?:\/\//giu
const host = /^[\p{L}\p{N}._-]+/u
const space = /[\s<>"「」]/u
const trailing = "!*\"'<>;:=,.$%[]~&|@?"

/** How long the host name at the start of `rest` is: it needs a dot and a last label of letters. 0 when there is none. */
function hostLength(rest: string): number {
  const found = (host.exec(rest)?.[0] ?? "").replace(/[._-]+$/, "")
  const dot = found.lastIndexOf(".")
  if (dot <= 0 || found.includes("..")) return 0
  const last = found.slice(dot + 1)
  if (last.length < 2) return 0
  return /^xn--/i.test(last) || !/[0-9_-]/.test(last) ? found.length : 0
}

/** Path, query and fragment: up to white space or a bracket without its partner; no punctuation at the end. */
function tailLength(rest: string): number {
  let end = 0
  let open = 0
  for (let at = 0; at < rest.length; at += 1) {
    const c = rest[at] ?? ""
    if (space.test(c) || c < " ") break
    if (c === "(") {
      if (!/^[^\s)]*\)/u.test(rest.slice(at + 1))) break
      open += 1
    } else if (c === ")") {
      if (open === 0) break
      open -= 1
    }
    if (c === ")" || c === "/" || c >= "\u0080" || !trailing.includes(c)) end = at + 1
  }
  return end
}

/** The links of a text, read the way the node reads them (net/platforms/text.cpp); what it says in the end is the node's word. */
export function findUrls(text: string): Span[] {
  const found: Span[] = []
  scheme.lastIndex = 0
  for (let match = scheme.exec(text); match; match = scheme.exec(text)) {
    const begin = match.index
    if (begin > 0 && /[A-Za-z0-9@$#/._-]/.test(text[begin - 1] ?? "")) continue
    const from = begin + match[0].length
    const length = hostLength(text.slice(from))
    if (length === 0) continue
    let end = from + length
    const port = /^:\d{1,5}/.exec(text.slice(end))
    if (port) end += port[0].length
    if (/[/?#]/.test(text[end] ?? "")) end += tailLength(text.slice(end))
    found.push({ begin, end })
    scheme.lastIndex = end
  }
  return found
}
