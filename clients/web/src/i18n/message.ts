/**
 * The part of ICU's message format that catalogues use: `{name}`, `{count, number}`, `{count, plural, =0 {} one {} other {}}` with
 * `#`, `{kind, select, yes {} other {}}`, and apostrophes around what is meant as it stands. The test of the catalogues compares
 * every message with what a whole implementation makes of it, which is six times as large as this.
 */
export type Values = Record<string, string | number | Date>
type Part = string | { name: string; kind: "plain" | "number" | "hash" } | Choice
type Choice = { name: string; kind: "plural" | "select"; options: Map<string, Part[]> }

export type Formats = { number: Intl.NumberFormat; plural: Intl.PluralRules }

/** Throws for what it does not know: a catalogue's test meets it first. */
export function parseMessage(message: string): Part[] {
  let at = 0
  const parts = sequence(undefined)
  if (at < message.length) throw new Error(`"}" too many in: ${message}`)
  return parts

  function fail(what: string): never {
    throw new Error(`${what} at ${at} of: ${message}`)
  }

  /** Up to the closing brace, which stays, or the end. `counted` is the plural that a # stands for. */
  function sequence(counted: string | undefined): Part[] {
    const found: Part[] = []
    let text = ""
    const flush = () => {
      if (text) found.push(text)
      text = ""
    }
    while (at < message.length && message[at] !== "}") {
      const letter = message[at] as string
      if (letter === "'") text += quoted(counted)
      else if (letter === "{") {
        flush()
        at += 1
        found.push(argument())
      } else if (letter === "#" && counted !== undefined) {
        flush()
        at += 1
        found.push({ name: counted, kind: "hash" })
      } else {
        text += letter
        at += 1
      }
    }
    flush()
    return found
  }

  /** Two apostrophes are one; one before what has a meaning takes it away up to the next. */
  function quoted(counted: string | undefined): string {
    at += 1
    const next = message[at]
    if (next === "'") {
      at += 1
      return "'"
    }
    if (next !== "{" && next !== "}" && !(next === "#" && counted !== undefined)) return "'"
    let text = ""
    while (at < message.length) {
      if (message[at] !== "'") text += message[at]
      else if (message[at + 1] === "'") {
        text += "'"
        at += 1
      } else {
        at += 1
        return text
      }
      at += 1
    }
    return text
  }

  function word(): string {
    const found = /^\s*([^\s{},]+)\s*/.exec(message.slice(at))
    if (!found?.[1]) fail("No name")
    at += found[0].length
    return found[1]
  }

  function take(sign: string) {
    if (message[at] !== sign) fail(`No "${sign}"`)
    at += 1
  }

  function argument(): Part {
    const name = word()
    if (message[at] === "}") {
      at += 1
      return { name, kind: "plain" }
    }
    take(",")
    const kind = word()
    if (kind === "number") {
      take("}")
      return { name, kind }
    }
    if (kind !== "plural" && kind !== "select") fail(`No such kind as ${kind}`)
    take(",")
    const options = new Map<string, Part[]>()
    while (/^\s*[^\s}]/.test(message.slice(at))) {
      const option = word()
      take("{")
      options.set(option, sequence(kind === "plural" ? name : undefined))
      take("}")
    }
    at += /^\s*/.exec(message.slice(at))?.[0].length ?? 0
    take("}")
    if (!options.has("other")) fail('No "other"')
    return { name, kind, options }
  }
}

export function formatMessage(parts: readonly Part[], values: Values, formats: Formats): string {
  let text = ""
  for (const part of parts) {
    if (typeof part === "string") {
      text += part
      continue
    }
    const value = values[part.name]
    if (value === undefined) throw new Error(`no value for {${part.name}}`)
    if (part.kind === "plain") text += String(value)
    else if (!("options" in part)) text += formats.number.format(Number(value))
    else {
      const { options } = part
      const chosen =
        part.kind === "select"
          ? options.get(String(value))
          : (options.get(`=${value}`) ?? options.get(formats.plural.select(Number(value))))
      text += formatMessage(chosen ?? options.get("other") ?? [], values, formats)
    }
  }
  return text
}
