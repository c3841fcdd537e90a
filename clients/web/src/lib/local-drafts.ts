import { store, stored } from "./storage"

/** A copy of what was typed, kept on this device until the node has it. */
export type LocalCopy<T> = { content: T; version: number | null; key: string; savedAt: string }

const prefix = (workspaceId: string) => `troupe.typed.${workspaceId}.`
const longestKeptMs = 90 * 86_400_000

export function keepCopy<T>(workspaceId: string, id: string, copy: LocalCopy<T>): void {
  store(prefix(workspaceId) + id, JSON.stringify(copy))
}

export function dropCopy(workspaceId: string, id: string): void {
  store(prefix(workspaceId) + id, undefined)
}

function parse<T>(
  text: string | undefined,
  looksRight: (content: unknown) => content is T,
): LocalCopy<T> | undefined {
  if (text === undefined) return undefined
  try {
    const copy = JSON.parse(text) as Partial<LocalCopy<unknown>>
    if (typeof copy.savedAt !== "string" || typeof copy.key !== "string" || !looksRight(copy.content))
      return undefined
    const version = typeof copy.version === "number" ? copy.version : null
    return { content: copy.content, version, key: copy.key, savedAt: copy.savedAt }
  } catch {
    // Edited by hand, or cut off when the storage was full.
    return undefined
  }
}

export function copyOf<T>(
  workspaceId: string,
  id: string,
  looksRight: (content: unknown) => content is T,
): LocalCopy<T> | undefined {
  return parse(stored(prefix(workspaceId) + id), looksRight)
}

/** Every copy of a workspace on this device, newest first. Forgets those that nobody came back for. */
export function allCopies<T>(
  workspaceId: string,
  looksRight: (content: unknown) => content is T,
  now = Date.now(),
): ({ id: string } & LocalCopy<T>)[] {
  const start = prefix(workspaceId)
  let names: string[] = []
  try {
    names = Object.keys(localStorage).filter((name) => name.startsWith(start))
  } catch {
    return []
  }
  const found = names.flatMap((name) => {
    const copy = parse(stored(name), looksRight)
    if (copy && now - Date.parse(copy.savedAt) < longestKeptMs)
      return [{ id: name.slice(start.length), ...copy }]
    store(name, undefined)
    return []
  })
  return found.sort((a, b) => b.savedAt.localeCompare(a.savedAt))
}
