import type { ActorNode } from "@troupe/api"

/** What was fetched below an actor that the tree itself does not reach. */
export type Below = { data: ActorNode | undefined; error: unknown }

type Place = { key: string; level: number; position: number; of: number; parent: string | undefined }
export type ActorRow = Place &
  (
    | { kind: "actor"; node: ActorNode; open: boolean | undefined }
    /** Children that are counted but not listed. */
    | { kind: "more"; count: number; what: ActorNode["level"] }
    | { kind: "loading" }
    | { kind: "failed"; path: string }
  )

/** Whether there is anything to unfold, and whether it has to be fetched apart from the tree. */
export function unfolds(node: ActorNode): boolean {
  return node.level !== "entity" && node.level !== "service" && node.children_count > 0
}

export function isFetchedApart(node: ActorNode): boolean {
  return node.level === "shard"
}

/** The tree as the rows that are to be seen, each with its place among its siblings. */
export function rowsOf(
  root: ActorNode,
  open: ReadonlySet<string>,
  below: (path: string) => Below | undefined,
): ActorRow[] {
  const rows: ActorRow[] = []
  visit(root, { key: root.path, level: 1, position: 1, of: 1, parent: undefined })
  return rows

  function visit(node: ActorNode, place: Place) {
    const may = unfolds(node)
    const isOpen = may && open.has(node.path)
    rows.push({ ...place, kind: "actor", node, open: may ? isOpen : undefined })
    if (!isOpen) return
    const fetched = isFetchedApart(node) ? (below(node.path) ?? { data: undefined, error: null }) : undefined
    const parent = fetched ? fetched.data : node
    const inside = { level: place.level + 1, parent: node.path }
    if (!parent) {
      const only = { ...inside, key: `${node.path}/?`, position: 1, of: 1 }
      rows.push(fetched?.error ? { ...only, kind: "failed", path: node.path } : { ...only, kind: "loading" })
      return
    }
    const hidden = Math.max(0, parent.children_count - parent.children.length)
    const of = parent.children.length + (hidden > 0 ? 1 : 0)
    parent.children.forEach((child, at) => {
      visit(child, { ...inside, key: child.path, position: at + 1, of })
    })
    if (hidden > 0)
      rows.push({
        ...inside,
        key: `${node.path}/+`,
        position: of,
        of,
        kind: "more",
        count: hidden,
        what: node.level === "shard" ? "entity" : "shard",
      })
  }
}
