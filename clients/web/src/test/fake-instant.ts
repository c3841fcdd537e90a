import { meaningOf } from "../lib/wall-clock"
import { problem } from "./fake-node"

type Asked = { at?: string; local?: string; zone: string; if_ambiguous?: string }

/** The instant that a request to schedule means, or the node's refusal of it. */
export function instantOf({ at, local, zone, if_ambiguous }: Asked): Date | Response {
  const wrong = (code: string, detail: string) =>
    problem(code.endsWith("-time") ? code : "validation-failed", 422, {
      detail,
      errors: [{ pointer: local ? "/local" : "/at", code, detail }],
    })
  const meaning = local ? meaningOf(local, zone) : undefined
  if (meaning?.kind === "never")
    return wrong(
      "nonexistent-time",
      `${local} does not exist in ${zone}: clocks go from ${meaning.before}:59 to ${meaning.after}:00`,
    )
  if (meaning?.kind === "twice" && !if_ambiguous)
    return wrong("ambiguous-time", `${local} happens twice in ${zone}`)
  const instant =
    meaning === undefined
      ? new Date(at ?? "")
      : meaning.kind === "once"
        ? meaning.at
        : if_ambiguous === "earlier"
          ? meaning.earlier
          : meaning.later
  if (instant.getTime() < Date.now() - 1_000) return wrong("in-the-past", "This time is over")
  return instant
}
