import { screen, waitFor, within } from "@testing-library/react"
import { afterEach, describe, expect, it } from "vitest"
import { expectAccessible } from "./axe"
import { createFakeNode, problem } from "./fake-node"
import { startApp } from "./render"

let app: ReturnType<typeof startApp> | undefined
afterEach(() => {
  app?.stop()
  app = undefined
})

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

function start(of: Parameters<ReturnType<typeof createFakeNode>["add"]>[0], deliveries: object[] = [{}]) {
  const node = createFakeNode({ publishAfterMs: 50 })
  const post = node.add(of, deliveries)
  app = startApp((w) => `/w/${w}/posts/${post.id}`, node)
  return { ...app, post }
}

describe("the post page", () => {
  it("tells what happened in plain words, with node and attempt", async () => {
    start({ state: "published", text: "Look https://example.org", scheduled_at: inHours(-1) }, [
      { published_at: inHours(-1), lateness_ms: 214, permalink: "https://example.org/p/1" },
    ])
    expect(await screen.findByText("https://example.org")).toBeVisible()
    const story = await screen.findByRole("list", { name: "What happened: Ada" })
    expect(within(story).getByText("Its time came; handed to the network")).toBeVisible()
    expect(within(story).getByText("Node b")).toBeVisible()
    expect(within(story).getAllByText("Attempt 1")).toHaveLength(2)
    expect(screen.getByText("214 ms after its time")).toBeVisible()
    expect(screen.getByRole("link", { name: "Open on Sandbox" })).toHaveAttribute(
      "href",
      "https://example.org/p/1",
    )
    await expectAccessible()
  })

  it("never links to what is no web address", async () => {
    start({ state: "published" }, [{ published_at: inHours(-1), permalink: "javascript:alert(1)" }])
    await screen.findByRole("list", { name: /What happened/ })
    expect(screen.queryByRole("link", { name: /Open on/ })).toBeNull()
  })

  it("marks as published what a person found, and where", async () => {
    const { user, node, post } = start({ state: "needs_review" }, [
      { error: { kind: "unknown_outcome", detail: "It may or may not be on the network." } },
    ])
    expect(await screen.findByText(/The answer of the network was lost/)).toBeVisible()
    await user.click(screen.getByRole("button", { name: "It is published" }))
    const dialog = await screen.findByRole("dialog", { name: "Mark as published" })
    await user.type(within(dialog).getByLabelText(/Link to it/), "javascript:alert(1)")
    await user.click(within(dialog).getByRole("button", { name: "Mark as published" }))
    expect(within(dialog).getByText("A link begins with http:// or https://.")).toBeVisible()
    await expectAccessible()
    await user.clear(within(dialog).getByLabelText(/Link to it/))
    await user.click(within(dialog).getByRole("button", { name: "Mark as published" }))
    await waitFor(() => expect(node.state.posts.get(post.id)?.state).toBe("published"))
    expect(await screen.findByText("Marked as published")).toBeVisible()
  })

  it("sends again what a person did not find, after asking", async () => {
    const { user, node, post } = start({ state: "needs_review" }, [
      { error: { kind: "unknown_outcome", detail: "?" } },
    ])
    await user.click(await screen.findByRole("button", { name: "It is not there: send it" }))
    const dialog = await screen.findByRole("alertdialog", { name: "Send it again to Ada?" })
    expect(within(dialog).getByText(/otherwise it appears there twice/)).toBeVisible()
    await user.click(within(dialog).getByRole("button", { name: "Send again" }))
    await waitFor(() => expect(node.state.posts.get(post.id)?.state).toBe("scheduled"))
  })

  it("offers to publish late what came too late", async () => {
    start({ state: "needs_review" }, [{ error: { kind: "too_late", detail: "Late." } }])
    expect(await screen.findByRole("button", { name: "Publish it now" })).toBeVisible()
    expect(screen.queryByRole("button", { name: "It is published" })).toBeNull()
  })

  it("retries a failed delivery, leads to the accounts where that helps, and shows a refusal", async () => {
    const { user, node, post } = start({ state: "failed" }, [
      {},
      {},
      { error: { kind: "reconnect_required", detail: "The token was revoked." }, state: "failed" },
    ])
    const link = await screen.findByRole("link", { name: "Reconnect account" })
    expect(link).toHaveAttribute("href", `/w/${node.workspace.id}/accounts`)
    const [retry] = screen.getAllByRole("button", { name: "Send again" })
    const failed = post.deliveries[2]
    if (failed) failed.state = "cancelled"
    await user.click(retry as HTMLElement)
    expect(await screen.findByText("It is cancelled.")).toBeVisible()
  })

  it("reschedules, and explains a day on which the clocks are set", async () => {
    const { user, node, post } = start({ state: "scheduled", scheduled_at: inHours(24) })
    await user.click(await screen.findByRole("button", { name: "Reschedule" }))
    const dialog = await screen.findByRole("dialog", { name: "Move to another time" })
    const date = within(dialog).getByLabelText("Date")
    const time = within(dialog).getByLabelText("Time")
    await user.clear(date)
    await user.type(date, "2027-03-28")
    await user.clear(time)
    await user.type(time, "01:30")
    expect(within(dialog).getByText(/There is no 01:30 on this day in Europe\/London/)).toBeVisible()
    await expectAccessible()
    await user.click(within(dialog).getByRole("button", { name: "02:00" }))
    await user.clear(date)
    await user.type(date, "2027-10-31")
    await user.clear(time)
    await user.type(time, "01:30")
    await user.click(within(dialog).getByRole("radio", { name: "The second, UTC+00:00" }))
    await user.click(within(dialog).getByRole("button", { name: "Move" }))
    await waitFor(() => expect(node.state.posts.get(post.id)?.scheduled_at).toBe("2027-10-31T01:30:00.000Z"))
    expect(await screen.findAllByText(/^Scheduled for .*Oct/)).toHaveLength(2)
  })

  it("offers the neighbours that the node names when this browser knows of no gap", async () => {
    const { user, node, post } = start({ state: "scheduled", scheduled_at: inHours(24) })
    const detail = "x does not exist: clocks go from 2026-12-01T01:59:59 to 2026-12-01T03:00:00"
    node.replace("POST /v1/workspaces/{w}/posts/{id}/schedule", () =>
      problem("nonexistent-time", 422, { detail }),
    )
    await user.click(await screen.findByRole("button", { name: "Reschedule" }))
    await user.click(await screen.findByRole("button", { name: "Move" }))
    expect(await screen.findByRole("button", { name: /03:00$/ })).toBeVisible()
    expect(node.state.posts.get(post.id)?.version).toBe(1)
  })

  it("shows the new version when someone was faster, and changes nothing", async () => {
    const { user, node, post } = start({ state: "scheduled", scheduled_at: inHours(24), text: "Old words" })
    await screen.findByText("Old words")
    node.state.posts.set(post.id, { ...post, text: "New words", version: 9 })
    await user.click(screen.getByRole("button", { name: "Actions" }))
    await user.click(await screen.findByRole("menuitem", { name: "Cancel post" }))
    await user.click(await screen.findByRole("button", { name: "Cancel post" }))
    expect(await screen.findByText("Someone changed this post meanwhile")).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Keep it" }))
    expect(await screen.findByText("New words")).toBeVisible()
    expect(node.state.posts.get(post.id)?.state).toBe("scheduled")
  })

  it("publishes now once, however often it is clicked, and turns published by itself", async () => {
    const { user, node } = start({ state: "draft", text: "Now!" })
    await user.click(await screen.findByRole("button", { name: "Publish now" }))
    const dialog = await screen.findByRole("alertdialog", { name: "Publish now to 1 account?" })
    await user.dblClick(within(dialog).getByRole("button", { name: "Publish now" }))
    expect(await screen.findByText(/ms after its time/, undefined, { timeout: 5_000 })).toBeVisible()
    expect(node.state.calls.filter((call) => call.endsWith("/publish-now"))).toHaveLength(1)
  })

  it("deletes after asking, and says where a post is that does not exist", async () => {
    const { user, node, post, router } = start({ state: "draft" }, [])
    expect(await screen.findByText("No account chosen")).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Actions" }))
    await user.click(await screen.findByRole("menuitem", { name: "Delete" }))
    await user.click(await screen.findByRole("button", { name: "Delete" }))
    await waitFor(() => expect(node.state.posts.has(post.id)).toBe(false))
    await router.navigate(`/w/${node.workspace.id}/posts/${post.id}`)
    expect(await screen.findByText("This post does not exist")).toBeVisible()
    await expectAccessible()
  })

  it("lets a viewer look and change nothing", async () => {
    const { node } = start({ state: "failed" }, [{ error: { kind: "permission", detail: "No." } }])
    node.workspace.role = "viewer"
    expect(await screen.findByText("This account is not allowed to do this.")).toBeVisible()
    expect(screen.queryByRole("button", { name: "Send again" })).toBeNull()
    expect(screen.queryByRole("link", { name: "Edit" })).toBeNull()
  })

  it("says why it could not be loaded and tries again", async () => {
    const { user, node } = start({ text: "Here again" })
    node.replace("GET /v1/workspaces/{w}/posts/{id}", () => problem("internal", 500))
    await screen.findByRole("heading", { name: "Post" })
    const retry = await screen.findByRole("button", { name: "Try again" }, { timeout: 5_000 })
    node.restore()
    await user.click(retry)
    expect(await screen.findByText("Here again")).toBeVisible()
  })
})
