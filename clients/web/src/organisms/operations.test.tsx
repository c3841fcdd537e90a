import { screen, within } from "@testing-library/react"
import { type ActorNode, ApiProblem } from "@troupe/api"
import { useState } from "react"
import { describe, expect, it, vi } from "vitest"
import type { Below } from "@/lib/actor-rows"
import { expectAccessible } from "@/test/axe"
import { makeActor, makeNode, makeShard, makeTree } from "@/test/fake-operations"
import { show } from "@/test/render"
import { ActorSheet, flat } from "./actor-sheet"
import { ActorTree } from "./actor-tree"
import { NodeTable } from "./node-table"
import { QuarantineList } from "./quarantine-list"
import { ShardTable } from "./shard-table"

const failure = new ApiProblem({ kind: "internal", status: 500, title: "internal", requestId: "req-1" })

function Tree(props: { root: ActorNode; below?: (path: string) => Below; onPick?: (path: string) => void }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set([props.root.path]))
  return (
    <ActorTree
      root={props.root}
      open={open}
      onOpen={(paths, to) =>
        setOpen((last) => {
          const next = new Set(last)
          for (const path of paths) to ? next.add(path) : next.delete(path)
          return next
        })
      }
      below={props.below ?? (() => ({ data: undefined, error: null }))}
      onRetry={onRetry}
      onPick={props.onPick ?? vi.fn()}
    />
  )
}
const onRetry = vi.fn()

function active(): HTMLElement {
  const id = screen.getByRole("tree").getAttribute("aria-activedescendant") ?? ""
  const element = document.getElementById(id)
  if (!element) throw new Error(`no active row ${id}`)
  return element
}

describe("the tree of actors", () => {
  it("moves, unfolds and folds by the keys of a tree view", async () => {
    const onPick = vi.fn()
    const root = makeTree()
    const { user } = show(<Tree root={root} onPick={onPick} />)
    await user.tab()
    expect(screen.getByRole("tree")).toHaveFocus()
    expect(active()).toHaveAccessibleName(/^a, Active/)
    await user.keyboard("{ArrowDown}{ArrowRight}")
    expect(active()).toHaveAccessibleName(/^users,/)
    expect(active()).toHaveAttribute("aria-expanded", "true")
    await user.keyboard("{ArrowRight}{ArrowDown}")
    expect(active()).toHaveAccessibleName(/^1,/)
    expect(active()).toHaveAttribute("aria-level", "3")
    expect(active()).toHaveAttribute("aria-posinset", "2")
    expect(active()).toHaveAttribute("aria-setsize", "5")
    await user.keyboard("{ArrowLeft}")
    expect(active()).toHaveAccessibleName(/^users,/)
    await user.keyboard("{ArrowLeft}")
    expect(active()).toHaveAttribute("aria-expanded", "false")
    await user.keyboard("co")
    expect(active()).toHaveAccessibleName(/^content,/)
    await user.keyboard("{Enter}")
    expect(onPick).toHaveBeenCalledWith("a/content")
    await user.keyboard("{Home}")
    expect(active()).toHaveAttribute("aria-level", "1")
    await user.keyboard("{End}")
    expect(active()).toHaveAccessibleName(/^content,/)
    await user.keyboard("*")
    expect(screen.getAllByRole("treeitem", { expanded: true })).toHaveLength(4)
    await expectAccessible()
  })

  it("draws only the rows in view of ten thousand, and the active one in any case", async () => {
    const shard = makeTree({ shards: 1, entities: 10_000 }).children[2]?.children[0]
    if (!shard) throw new Error("no shard")
    const root = makeActor("a", { children: [makeActor("a/content", { children: [shard] })] })
    const { user } = show(<Tree root={root} below={() => ({ data: shard, error: null })} />)
    await user.tab()
    await user.keyboard("{ArrowRight}{ArrowRight}{ArrowRight}{ArrowRight}{ArrowRight}")
    expect(active()).toHaveAttribute("aria-setsize", "10000")
    expect(screen.getAllByRole("treeitem").length).toBeLessThan(60)
    await user.keyboard("{End}")
    expect(active()).toHaveAttribute("aria-posinset", "10000")
    expect(screen.getAllByRole("treeitem").length).toBeLessThan(60)
  })

  it("says what is loading, what failed and what is not listed", async () => {
    const root = makeTree({ shards: 2 })
    const [users, social] = ["a/users/0", "a/social/0"]
    const below = (path: string): Below => ({ data: undefined, error: path === social ? failure : null })
    const { user } = show(<Tree root={root} below={below} />)
    await user.tab()
    await user.keyboard("{ArrowDown}*")
    for (const path of [users, social]) {
      const row = document.querySelector(`[id$="${path}"]`)
      await user.click(row?.querySelector("svg") as Element)
    }
    expect(screen.getByRole("treeitem", { name: "Loading" })).toBeVisible()
    expect(screen.getAllByRole("treeitem", { name: "12 shards with nothing in memory" })).toHaveLength(3)
    await user.click(screen.getByRole("treeitem", { name: /Could not be loaded/ }))
    expect(onRetry).toHaveBeenCalledWith(social)
    await expectAccessible()
  })

  it("keeps its place when the active row goes to rest", async () => {
    const root = makeTree()
    const { user, rerender } = show(<Tree root={root} />)
    await user.tab()
    await user.keyboard("{End}")
    const less = { ...root, children: root.children.slice(0, 2), children_count: 2 }
    rerender(<Tree root={less} />)
    expect(active()).toHaveAccessibleName(/^social,/)
  })
})

describe("one actor in depth", () => {
  const gone = new ApiProblem({ kind: "not-found", status: 404, title: "gone" })
  const detail = { ...makeActor("a/content/1/post:x"), messages: 12, details: { a: { b: [1, 2] }, c: null } }
  it.each([
    ["loading", { data: undefined, error: null }, "Loading"],
    ["failed", { data: undefined, error: failure }, "Request req-1"],
    ["at rest", { data: undefined, error: gone }, /not in memory any more/],
    ["full", { data: detail, error: null }, "a.b"],
  ])("is drawn %s", async (_, of, text) => {
    show(<ActorSheet path="a/content/1/post:x" of={of} onClose={vi.fn()} />)
    expect(screen.getByText(text)).toBeInTheDocument()
    await expectAccessible()
  })

  it("flattens whatever it tells", () => {
    expect(flat({ a: { b: [1, 2] }, c: null, d: [{ e: true }], f: [] })).toEqual([
      ["a.b", "1, 2"],
      ["c", "null"],
      ["d.0.e", "true"],
    ])
  })
})

describe("the quarantine", () => {
  const list = (of: Parameters<typeof QuarantineList>[0]["of"], onLift = vi.fn(async () => undefined)) => (
    <QuarantineList of={of} loadingMore={false} onMore={vi.fn()} onLift={onLift} onPick={vi.fn()} />
  )
  it.each([
    ["loading", { data: undefined, error: null }, "Loading"],
    ["failed", { data: undefined, error: failure }, "Request req-1"],
    ["empty", { data: [], error: null }, "Nothing is in quarantine"],
  ])("is drawn %s", async (_, of, text) => {
    show(list(of))
    expect(screen.getByText(text)).toBeInTheDocument()
    await expectAccessible()
  })

  it("lifts only after asking", async () => {
    const onLift = vi.fn(async () => undefined)
    const { user } = show(
      list(
        { data: [makeActor("a/social/3", { state: "quarantined", last_error: "boom" })], error: null },
        onLift,
      ),
    )
    expect(screen.getByText("boom")).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Lift the quarantine of a/social/3" }))
    expect(onLift).not.toHaveBeenCalled()
    const question = screen.getByRole("alertdialog")
    expect(question).toHaveTextContent("a/social/3 starts anew")
    await user.click(within(question).getByRole("button", { name: "Lift" }))
    expect(onLift).toHaveBeenCalledWith("a/social/3")
    await expectAccessible()
  })
})

describe("nodes and shards", () => {
  const at = Date.parse("2026-06-01T12:00:00Z")
  const node = makeNode({ lease_until: new Date(at + 12_000).toISOString(), shards: 2 })

  it("tell the lease, and what waits on the node that answers", async () => {
    const dead = {
      ...node,
      name: "b",
      self: false,
      state: "dead" as const,
      lease_until: "2026-06-01T11:00:00Z",
      lease_ms: -3_600_000,
      lag_ms: 65_000,
    }
    show(<NodeTable of={{ data: [node, dead], error: null }} at={at} shards={[makeShard(0), makeShard(1)]} />)
    const [, a, b] = screen.getAllByRole("row")
    expect(a).toHaveTextContent(/12 sec left/)
    expect(a).toHaveTextContent(/206/)
    expect(b).toHaveTextContent(/Over since/)
    expect(b).toHaveTextContent("––")
    expect(a).toHaveTextContent("none")
    expect(b).toHaveTextContent(/1 min/)
    await expectAccessible()
  })

  it("come by pages and by owner", async () => {
    const shards = Array.from({ length: 120 }, (_, id) =>
      makeShard(id, id === 119 ? null : id < 60 ? "a" : "b"),
    )
    const { user } = show(<ShardTable of={{ data: shards, error: null }} />)
    expect(screen.getByText("120 shards, 1 without an owner")).toBeVisible()
    expect(screen.getAllByRole("row")).toHaveLength(51)
    await user.click(screen.getByRole("button", { name: "Next" }))
    await user.click(screen.getByRole("button", { name: "Next" }))
    expect(screen.getByRole("status")).toHaveTextContent("101–120 of 120")
    await user.selectOptions(screen.getByLabelText("Owner"), "Nobody")
    expect(screen.getAllByRole("row")).toHaveLength(2)
    await expectAccessible()
  })
})
