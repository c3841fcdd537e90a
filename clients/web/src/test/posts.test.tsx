import { screen, waitFor, within } from "@testing-library/react"
import { afterEach, describe, expect, it } from "vitest"
import { keepCopy } from "@/lib/local-drafts"
import { expectAccessible } from "./axe"
import { createFakeNode, problem } from "./fake-node"
import { startApp } from "./render"

let app: ReturnType<typeof startApp> | undefined
afterEach(() => {
  app?.stop()
  app = undefined
})

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

function start(fill: (node: ReturnType<typeof createFakeNode>) => void, search = "") {
  const node = createFakeNode()
  fill(node)
  app = startApp((w) => `/w/${w}/posts${search}`, node)
  return app
}

describe("the list of posts", () => {
  it("shows page after page", async () => {
    const { user } = start((node) => {
      for (let at = 0; at < 35; at += 1) node.add({ text: `Post ${at}`, created_at: inHours(-at) }, [{}])
    })
    expect(await screen.findByText("Post 0")).toBeVisible()
    expect(screen.queryByText("Post 34")).toBeNull()
    await user.click(screen.getByRole("button", { name: "Show more posts" }))
    expect(await screen.findByText("Post 34")).toBeVisible()
    expect(screen.queryByRole("button", { name: "Show more posts" })).toBeNull()
    await expectAccessible()
  })

  it("filters by state, account and time, and keeps that in the address", async () => {
    const { user, router } = start((node) => {
      node.add({ state: "draft", text: "A draft" })
      node.add({ state: "scheduled", text: "A plan", scheduled_at: inHours(5) }, [{}])
    })
    await user.selectOptions(await screen.findByLabelText("State"), "Scheduled")
    await waitFor(() => expect(screen.queryByText("A draft")).toBeNull())
    expect(await screen.findByText("A plan")).toBeVisible()
    await user.selectOptions(screen.getByLabelText("Account"), "Engines (Bluesky)")
    expect(await screen.findByText("No post fits these filters")).toBeVisible()
    expect(router.state.location.search).toMatch(/state=scheduled&account=/)
    await expectAccessible()
    await user.click(screen.getByRole("button", { name: "Clear filters" }))
    expect(await screen.findByText("A draft")).toBeVisible()
  })

  it("is drawn empty, and failed", async () => {
    const { node, user } = start(() => undefined)
    expect(await screen.findByText("No posts yet")).toBeVisible()
    await expectAccessible()
    node.replace("GET /v1/workspaces/{w}/posts", () => problem("internal", 500))
    await user.selectOptions(screen.getByLabelText("State"), "Failed")
    expect(await screen.findByRole("button", { name: "Try again" })).toBeVisible()
  })

  it("cancels several at once, and says how many it could not", async () => {
    const { user, node } = start((node) => {
      for (const text of ["One", "Two", "Three"])
        node.add({ state: "scheduled", text, scheduled_at: inHours(5) }, [{}])
    })
    for (const text of ["One", "Two", "Three"])
      await user.click(await screen.findByLabelText(`Select “${text}”`))
    expect(screen.getByText("3 posts selected")).toBeVisible()
    const two = [...node.state.posts.values()].find(({ text }) => text === "Two")
    if (two) node.state.posts.set(two.id, { ...two, version: 7 })
    await user.click(screen.getByRole("button", { name: "Cancel selected" }))
    const sure = await screen.findByRole("alertdialog", { name: "Cancel 3 posts for good?" })
    await user.click(within(sure).getByRole("button", { name: "Cancel selected" }))
    expect(await screen.findByText(/^2 of 3 cancelled/)).toBeVisible()
    const states = [...node.state.posts.values()].map(({ text, state }) => `${text} ${state}`)
    expect(states.sort()).toEqual(["One cancelled", "Three cancelled", "Two scheduled"])
  })

  it("leads to what is only on this device", async () => {
    start((node) =>
      keepCopy(node.workspace.id, "new-1", {
        content: { text: "Typed in a tunnel", title: null, language: null, media: [], targets: [] },
        version: null,
        key: "1",
        savedAt: inHours(-1),
      }),
    )
    expect(await screen.findByRole("link", { name: "Typed in a tunnel" })).toHaveAttribute(
      "href",
      expect.stringMatching(/\/compose$/),
    )
    await expectAccessible()
  })
})
