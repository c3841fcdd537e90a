import { act, screen, waitFor, within } from "@testing-library/react"
import { afterEach, describe, expect, it, vi } from "vitest"
import { expectAccessible } from "./axe"
import { createFakeNode } from "./fake-node"
import { makeTree, teachOperations } from "./fake-operations"
import { startApp } from "./render"

let app: ReturnType<typeof startApp> | undefined
afterEach(() => {
  app?.stop()
  app = undefined
  vi.useRealTimers()
})

describe("operations", () => {
  it("do not exist for who does not operate the instance", async () => {
    const node = createFakeNode()
    node.state.user = { ...node.state.user, operator: false }
    app = startApp((w) => `/w/${w}/operations`, node)
    expect(await screen.findByRole("heading", { level: 1, name: "Page not found" })).toBeInTheDocument()
    expect(screen.queryByRole("link", { name: "Operations" })).toBeNull()
    expect(node.state.calls.some((call) => call.includes("/operations/"))).toBe(false)
  })

  it("unfold a shard down to one entity, by keyboard alone", async () => {
    app = startApp((w) => `/w/${w}/operations`)
    const { user, router } = app
    const tree = await screen.findByRole("tree", { name: "Actors of node a" })
    tree.focus()
    await user.keyboard("{ArrowDown}{ArrowRight}{ArrowRight}{ArrowRight}")
    const entity = (await screen.findAllByRole("treeitem", { name: /^user:/ }))[0]
    expect(entity).toHaveAttribute("aria-level", "4")
    await user.keyboard("{ArrowRight}{Enter}")
    const sheet = await screen.findByRole("dialog", { name: /^user:/ })
    expect(await within(sheet).findByText("48,213")).toBeVisible()
    expect(within(sheet).getByText("dispatcher.due")).toBeVisible()
    expect(router.state.location.search).toContain("actor=")
    await expectAccessible()
    await user.keyboard("{Escape}")
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull())
    await waitFor(() => expect(screen.getByRole("tree")).toHaveFocus())
  })

  it("lift a quarantine after asking, and show the rest", async () => {
    app = startApp((w) => `/w/${w}/operations`)
    const { user } = app
    await user.click(await screen.findByRole("tab", { name: /Quarantine/ }))
    await user.click(await screen.findByRole("button", { name: "Lift the quarantine of a/social/3" }))
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Lift" }))
    expect(await screen.findByText("It works again")).toBeVisible()
    await waitFor(() => expect(screen.queryByText("a/social/3")).toBeNull())
    await expectAccessible()
    await user.click(screen.getByRole("tab", { name: "Nodes" }))
    expect(await screen.findByText("Draining")).toBeVisible()
    await expectAccessible()
    await user.click(screen.getByRole("tab", { name: "Shards" }))
    expect(await screen.findByText("64 shards, 1 without an owner")).toBeVisible()
    await expectAccessible()
  })

  it("ask again by themselves, but not while the page is hidden or the switch is off", async () => {
    vi.useFakeTimers({
      shouldAdvanceTime: true,
      toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"],
    })
    app = startApp((w) => `/w/${w}/operations`)
    const { node } = app
    await screen.findByRole("tree")
    const asked = () => node.state.calls.filter((call) => call === "GET /v1/operations/actors").length
    const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms))
    const see = (state: "visible" | "hidden") => {
      vi.spyOn(document, "visibilityState", "get").mockReturnValue(state)
      act(() => void window.dispatchEvent(new Event("visibilitychange")))
    }
    const before = asked()
    await pass(11_000)
    expect(asked()).toBeGreaterThanOrEqual(before + 2)
    see("hidden")
    await pass(100)
    const hidden = asked()
    await pass(30_000)
    expect(asked()).toBe(hidden)
    see("visible")
    await pass(6_000)
    expect(asked()).toBeGreaterThan(hidden)
    act(() => screen.getByRole("switch", { name: "Refresh by itself" }).click())
    await pass(100)
    const off = asked()
    await pass(30_000)
    expect(asked()).toBe(off)
  })

  it("show what changed in the tree", async () => {
    const node = createFakeNode()
    app = startApp((w) => `/w/${w}/operations`, node)
    await screen.findByRole("treeitem", { name: /^content, Active/ })
    const tree = makeTree()
    const content = tree.children[2]
    if (content) content.state = "backoff"
    teachOperations(node, tree)
    act(() => void window.dispatchEvent(new Event("visibilitychange")))
    expect(
      await screen.findByRole("treeitem", { name: /^content, Waiting to restart/ }, { timeout: 8_000 }),
    ).toBeVisible()
  })
})
