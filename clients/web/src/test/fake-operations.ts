import type { ActorNode, ClusterNode, Shard } from "@troupe/api"
import { ago } from "./fake-data"
import { type Answer, type Call, json, type On, problem } from "./fake-node"

export function makeActor(path: string, of: Partial<ActorNode> = {}): ActorNode {
  const parts = path.split("/")
  const level = (["node", "group", "shard", "entity"] as const)[parts.length - 1] ?? "entity"
  const children = of.children ?? []
  return {
    path,
    level,
    name: parts.at(-1) ?? "",
    state: "active",
    mailbox_depth: 0,
    restarts: 0,
    last_error: null,
    age_s: 812.5,
    epoch: parts.length > 2 ? 7 : null,
    children_count: children.length,
    children,
    ...of,
  }
}

const groups = { users: "user", social: "account", content: "post" } as const

/** A node with so many shards in each group, and so many entities in each shard. */
export function makeTree(of: { node?: string; shards?: number; entities?: number } = {}): ActorNode {
  const { node = "a", shards = 4, entities = 3 } = of
  const group = ([name, kind]: [string, string], g: number) =>
    makeActor(`${node}/${name}`, {
      children_count: shards + 12,
      children: Array.from({ length: shards }, (_, s) =>
        makeActor(`${node}/${name}/${s}`, {
          last_error: g === 2 && s === 1 ? "post 0192: the row changed under its feet" : null,
          restarts: g === 2 && s === 1 ? 3 : 0,
          children: Array.from({ length: entities }, (_, e) => {
            const id = ((g * 1_000 + s) * 100_000 + e).toString(16).padStart(12, "0")
            return makeActor(`${node}/${name}/${s}/${kind}:0192f0c1-0000-7000-8000-${id}`, {
              mailbox_depth: e === 0 ? 2 : 0,
              state: g === 2 && s === 1 && e === 0 ? "backoff" : "active",
            })
          }),
        }),
      ),
    })
  return makeActor(node, { children: Object.entries(groups).map(group) })
}

function cut(node: ActorNode, depth: number, most: number): ActorNode {
  const children = depth > 0 ? node.children.slice(0, most).map((one) => cut(one, depth - 1, most)) : []
  return { ...node, children }
}

function find(node: ActorNode, path: string): ActorNode | undefined {
  if (node.path === path) return node
  for (const child of node.children)
    if (path === child.path || path.startsWith(`${child.path}/`)) return find(child, path)
  return undefined
}

export function makeNode(of: Partial<ClusterNode> = {}): ClusterNode {
  return {
    name: "a",
    incarnation: 4,
    state: "active",
    http_address: "10.0.0.1:8080",
    cluster_address: "10.0.0.1:7000",
    version: "0.1.0",
    started_at: "2026-06-01T00:00:00Z",
    lease_until: "2026-06-01T12:00:12Z",
    lease_ms: 12_000,
    shards: 40,
    epoch: 7,
    lag_ms: 0,
    self: true,
    ...of,
  }
}

/** What only its owner knows is told where that is the node that answers, `a`. */
export function makeShard(shard_id: number, owner_node: string | null = "a", of: Partial<Shard> = {}): Shard {
  return {
    shard_id,
    owner_node,
    owner_incarnation: owner_node ? 4 : null,
    epoch: 7,
    adoptions: 0,
    changed_at: "2026-06-01T00:00:00Z",
    entities: owner_node === "a" ? 10 : null,
    due: owner_node === "a" ? 3 : null,
    ...of,
  }
}

const nodesNow = (): ClusterNode[] => [
  makeNode({ started_at: ago(60 * 26), lease_until: ago(-0.2) }),
  makeNode({
    name: "b",
    incarnation: 2,
    state: "draining",
    http_address: "10.0.0.2:8080",
    cluster_address: "10.0.0.2:7000",
    started_at: ago(60 * 20),
    lease_until: ago(-0.15),
    lease_ms: 9_000,
    shards: 22,
    lag_ms: 40,
    self: false,
  }),
  makeNode({
    name: "c",
    incarnation: 9,
    state: "dead",
    http_address: "10.0.0.3:8080",
    cluster_address: "10.0.0.3:7000",
    version: "0.0.9",
    started_at: ago(60 * 90),
    lease_until: ago(12),
    lease_ms: -720_000,
    shards: 2,
    lag_ms: 65_000,
    self: false,
  }),
]

function shardsOf(): Shard[] {
  return Array.from({ length: 64 }, (_, shard_id) => {
    const own = shard_id < 40
    const orphan = shard_id === 63
    return makeShard(shard_id, orphan ? null : own ? "a" : shard_id < 61 ? "b" : "c", {
      owner_incarnation: orphan ? null : own ? 4 : 2,
      epoch: 7 + (shard_id % 3),
      adoptions: shard_id % 3,
      changed_at: ago(60 * (shard_id + 1)),
      entities: own ? shard_id * 3 : null,
      due: own ? shard_id % 5 : null,
    })
  })
}

type Node = {
  state: { user: { operator: boolean } }
  on: On
}

/** What operators see. `teachOperations(node, makeTree({ entities: 5_000 }))` gives a test another tree. */
export function teachOperations({ state, on }: Node, tree = makeTree()): void {
  let quarantine = [
    makeActor("a/content/17/post:0192f0c1-0000-7000-8000-0000000000aa", {
      state: "quarantined",
      restarts: 5,
      last_error: "unavailable: the ledger row was refused",
    }),
    makeActor("a/social/3", {
      state: "quarantined",
      restarts: 8,
      last_error: "storage-failed: read timed out",
    }),
  ]
  const route = (what: string, run: (call: Call) => Answer) =>
    on(what, (call) => (state.user.operator ? run(call) : problem("not-found", 404)))

  route("GET /v1/operations/actors", ({ request }) => {
    const query = new URL(request.url).searchParams
    const found = find(tree, query.get("path") ?? tree.path)
    const limit = Number(query.get("limit") ?? 256)
    return found ? json(cut(found, Number(query.get("depth") ?? 2), limit)) : problem("not-found", 404)
  })
  route("GET /v1/operations/actors/{path}", ({ params }) => {
    const path = decodeURIComponent(params.path ?? "")
    const found = find(tree, path) ?? quarantine.find((one) => one.path === path)
    if (!found) return problem("not-found", 404)
    const { children: _, ...rest } = found
    const details = { activations: 12, dispatcher: { due: 4, next: ago(-3) }, groups: ["users", "social"] }
    return json({ ...rest, messages: 48_213, details })
  })
  route("GET /v1/operations/quarantine", () => json({ items: quarantine, next_cursor: null }))
  route("POST /v1/operations/quarantine/lift", ({ body }) => {
    const found = quarantine.find((one) => one.path === body.path)
    if (!found) return problem("not-found", 404)
    quarantine = quarantine.filter((one) => one !== found)
    return json({ ...found, state: "active", restarts: 0 })
  })
  route("GET /v1/operations/nodes", () => json({ items: nodesNow() }))
  route("GET /v1/operations/shards", () => json({ items: shardsOf() }))
}
