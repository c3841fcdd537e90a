import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { afterEach, describe, expect, it, vi } from "vitest"
import { expectAccessible } from "./axe"
import { createFakeNode, problem } from "./fake-node"
import { startApp } from "./render"

let app: ReturnType<typeof startApp> | undefined
afterEach(() => {
  app?.stop()
  app = undefined
})

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const slow = { timeout: 5_000 }

function compose(node = createFakeNode({ publishAfterMs: 50 })) {
  app = startApp((w) => `/w/${w}/compose`, node)
  return app
}

function edit(of: Parameters<ReturnType<typeof createFakeNode>["add"]>[0], deliveries: object[] = [{}]) {
  const node = createFakeNode({ publishAfterMs: 50 })
  const post = node.add(of, deliveries)
  app = startApp((w) => `/w/${w}/posts/${post.id}/edit`, node)
  return { ...app, post }
}

const box = () => screen.findByLabelText("Text for all accounts")
const only = (node: ReturnType<typeof createFakeNode>) => [...node.state.posts.values()][0]
const saved = () => screen.findByText("Saved", undefined, slow)

/** The viewport of the toasts takes the pointer a moment after the toast is there. */
async function undo(user: ReturnType<typeof compose>["user"]) {
  const button = await screen.findByRole("button", { name: "Undo" })
  await waitFor(() =>
    expect(getComputedStyle(button.closest("ol")?.parentElement as Element).pointerEvents).not.toBe("none"),
  )
  await user.click(button)
}

describe("the composer", () => {
  it("saves a draft by itself, once, and goes on from there", async () => {
    const { user, node } = compose()
    await user.click(await screen.findByRole("button", { name: /^Ada/ }))
    await user.type(await box(), "The mill")
    await saved()
    expect(only(node)?.text).toBe("The mill")
    expect(location.pathname).toBe(`/w/${node.workspace.id}/posts/${only(node)?.id}/edit`)
    await user.type(await box(), " and the store")
    expect(screen.getByText("Not saved yet")).toBeVisible()
    await saved()
    expect(node.state.posts.size).toBe(1)
    expect(only(node)?.text).toBe("The mill and the store")
    expect(await box()).toHaveFocus()
    expect(Object.keys(localStorage).filter((key) => key.startsWith("troupe.typed"))).toEqual([])
    await expectAccessible()
  })

  it("counts against each account's own limit and names account, limit and count", async () => {
    const { user, node } = compose()
    const bluesky = node.state.accounts[1]
    if (bluesky) bluesky.limits = { ...bluesky.limits, max_text: 20 }
    await user.click(await screen.findByRole("button", { name: /^Ada/ }))
    await user.click(screen.getByRole("button", { name: /^Engines Bluesky/ }))
    fireEvent.change(await box(), { target: { value: "x".repeat(25) } })
    expect(await screen.findByText("25 of 20 characters")).toBeInTheDocument()
    expect(screen.getByText("25 of 500 characters")).toBeInTheDocument()
    expect(screen.getByText("Engines: 25 characters, allowed are 20.")).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Publish now" }))
    expect(await screen.findByText(/25 graphemes, allowed are 20/)).toBeVisible()
    expect(only(node)?.state).toBe("draft")
    await expectAccessible()
  })

  it("keeps an own version for one account", async () => {
    const { user, node } = compose()
    await user.click(await screen.findByRole("button", { name: /^Ada/ }))
    await user.click(screen.getByRole("button", { name: /^Engines Bluesky/ }))
    await user.type(await box(), "For all")
    const versions = screen.getByRole("tablist", { name: "Version for" })
    await user.click(within(versions).getByRole("tab", { name: /Engines/ }))
    await user.click(await screen.findByRole("button", { name: "Write an own version" }))
    await user.type(screen.getByLabelText("Text for Engines"), ", shorter")
    await waitFor(
      () => expect(only(node)?.deliveries.map(({ text }) => text)).toEqual(["For all", "For all, shorter"]),
      slow,
    )
    expect(
      within(screen.getByRole("region", { name: "Preview" })).getByText("For all, shorter"),
    ).toBeVisible()
    await expectAccessible()
    await user.click(screen.getByRole("button", { name: "Use the text for all again" }))
    const sure = await screen.findByRole("alertdialog")
    await user.click(within(sure).getByRole("button", { name: "Use the text for all again" }))
    await waitFor(() => expect(only(node)?.deliveries[1]?.overrides).toEqual([]), slow)
  })

  it("schedules by the workspace's clock, and takes it back from the toast", async () => {
    const { user, node, router } = compose()
    await user.click(await screen.findByRole("button", { name: /^Ada/ }))
    await user.type(await box(), "Planned")
    await user.keyboard("{Control>}{Enter}{/Control}")
    const dialog = await screen.findByRole("dialog", { name: "When should it go out?" })
    fireEvent.change(within(dialog).getByLabelText("Date"), { target: { value: "2027-07-01" } })
    fireEvent.change(within(dialog).getByLabelText("Time"), { target: { value: "09:00" } })
    expect(within(dialog).getByText(/In UTC: .*8:00/)).toBeVisible()
    await user.dblClick(within(dialog).getByRole("button", { name: "Schedule" }))
    await waitFor(() => expect(only(node)?.scheduled_at).toBe("2027-07-01T08:00:00.000Z"))
    expect(node.state.calls.filter((call) => call.endsWith("/schedule"))).toHaveLength(1)
    await undo(user)
    expect(await screen.findByText("Taken back: it is a draft again")).toBeVisible()
    expect(only(node)?.state).toBe("draft")
    await waitFor(() => expect(router.state.location.pathname).toMatch(/\/edit$/))
    expect(await box()).toHaveValue("Planned")
  })

  it("asks which one is meant of a time that happens twice", async () => {
    const { user, node } = compose()
    await user.click(await screen.findByRole("button", { name: /^Ada/ }))
    await user.type(await box(), "Twice")
    await user.click(screen.getByRole("button", { name: "Schedule" }))
    const dialog = await screen.findByRole("dialog")
    fireEvent.change(within(dialog).getByLabelText("Date"), { target: { value: "2027-10-31" } })
    fireEvent.change(within(dialog).getByLabelText("Time"), { target: { value: "01:30" } })
    await user.click(within(dialog).getByRole("button", { name: "Schedule" }))
    expect(only(node)?.scheduled_at ?? null).toBeNull()
    await user.click(within(dialog).getByRole("radio", { name: "The first, UTC+01:00" }))
    await user.click(within(dialog).getByRole("button", { name: "Schedule" }))
    await waitFor(() => expect(only(node)?.scheduled_at).toBe("2027-10-31T00:30:00.000Z"))
  })

  it("leaves some seconds to take back what is published now", async () => {
    const { user, node } = compose()
    await user.click(await screen.findByRole("button", { name: /^Ada/ }))
    await user.type(await box(), "Oops")
    await user.click(screen.getByRole("button", { name: "Publish now" }))
    expect(await screen.findByText("Goes out in 8 seconds")).toBeVisible()
    expect(only(node)?.state).toBe("scheduled")
    await undo(user)
    await waitFor(() => expect(only(node)?.state).toBe("draft"))
  })

  it("shows both versions when someone else wrote too, and keeps the one that is chosen", async () => {
    const { user, node, post } = edit({ text: "Mine at first" })
    await user.type(await box(), ", and more")
    node.put(post, { text: "Theirs" }, "nothing.shown")
    const conflict = await screen.findByRole("alert", { name: /Someone changed this post/ }, slow)
    expect(within(conflict).getByText("Mine at first, and more")).toBeVisible()
    expect(within(conflict).getByText("Theirs")).toBeVisible()
    await expectAccessible()
    await user.click(within(conflict).getByRole("button", { name: "Keep mine" }))
    await waitFor(() => expect(node.state.posts.get(post.id)?.text).toBe("Mine at first, and more"), slow)
    await saved()
  })

  it("takes theirs when that is chosen", async () => {
    const { user, node, post } = edit({ text: "Mine" })
    await user.type(await box(), "!")
    node.put(post, { text: "Theirs" }, "nothing.shown")
    await user.click(await screen.findByRole("button", { name: "Take theirs" }, slow))
    expect(await box()).toHaveValue("Theirs")
    expect(node.state.posts.get(post.id)?.text).toBe("Theirs")
  })

  it("does not call its own change, whose answer was lost, a conflict", async () => {
    const { user, node, post } = edit({ text: "A" })
    await box()
    let lost = 0
    node.replace("PATCH /v1/workspaces/{w}/posts/{id}", ({ body }) => {
      lost += 1
      node.put(post, { text: String(body.text) }, "nothing.shown")
      node.restore()
      return problem("unavailable", 503)
    })
    await user.type(await box(), "B")
    expect(await screen.findByText(/Kept on this device/, undefined, slow)).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Try again" }))
    await saved()
    expect(lost).toBe(1)
    expect(node.state.posts.get(post.id)?.text).toBe("AB")
  })

  it("keeps what is typed while the node is away, and saves it when it is back", async () => {
    const { user, node } = compose()
    node.replace("POST /v1/workspaces/{w}/posts", () => problem("unavailable", 503))
    await user.click(await screen.findByRole("button", { name: /^Ada/ }))
    await user.type(await box(), "In a tunnel")
    expect(await screen.findByText(/Kept on this device/, undefined, slow)).toBeVisible()
    expect(node.state.posts.size).toBe(0)
    node.restore()
    act(() => void dispatchEvent(new Event("online")))
    await saved()
    expect(only(node)?.text).toBe("In a tunnel")
    expect(node.state.posts.size).toBe(1)
  })

  it("offers what a crash left on this device", async () => {
    const first = createFakeNode()
    first.replace("POST /v1/workspaces/{w}/posts", () => problem("unavailable", 503))
    const { user: before, stop } = compose(first)
    await before.type(await box(), "Nearly lost")
    await screen.findByText(/Kept on this device/, undefined, slow)
    // The device as a crash leaves it, and another start.
    const [name = ""] = Object.keys(localStorage).filter((key) => key.includes(first.workspace.id))
    const left = localStorage.getItem(name) ?? ""
    stop()
    const node = createFakeNode()
    localStorage.clear()
    localStorage.setItem(name.replace(first.workspace.id, node.workspace.id), left)
    const { user } = compose(node)
    expect(await screen.findByText(/“Nearly lost”/)).toBeVisible()
    await expectAccessible()
    await user.click(screen.getByRole("button", { name: "Restore it" }))
    expect(await box()).toHaveValue("Nearly lost")
    await saved()
    const here = [...node.state.posts.values()].filter((post) => post.workspace_id === node.workspace.id)
    expect(here.map(({ text }) => text)).toEqual(["Nearly lost"])
    expect(screen.queryByText(/“Nearly lost”/)).toBeNull()
  })

  it("saves a scheduled post only when told to", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true })
    const { user, node, post, router } = edit({ state: "scheduled", text: "Due", scheduled_at: inHours(3) })
    await user.type(await box(), " soon")
    expect(screen.getByText(/go out only when you save them/)).toBeVisible()
    await vi.advanceTimersByTimeAsync(5_000) // a draft would have been saved long since
    expect(node.state.posts.get(post.id)?.text).toBe("Due")
    await user.click(screen.getByRole("button", { name: "Save changes" }))
    await waitFor(() => expect(node.state.posts.get(post.id)?.text).toBe("Due soon"))
    await waitFor(() => expect(router.state.location.pathname).not.toMatch(/edit$/))
    vi.useRealTimers()
  })

  it("uploads pasted images in order, retries, describes, reorders and removes them", async () => {
    const { user, node } = compose()
    await user.click(await screen.findByRole("button", { name: /^Ada/ }))
    const image = (name: string) => new File(["x"], name, { type: "image/png" })
    let failing = true
    node.replace("POST /v1/workspaces/{w}/media", () => {
      node.restore()
      failing = false
      return problem("payload-too-large", 413, { detail: "At most 10 MiB." })
    })
    const files = [image("one.png"), image("two.png"), new File(["x"], "notes.txt", { type: "text/plain" })]
    fireEvent.paste(await box(), { clipboardData: { files } })
    expect(await screen.findByText("notes.txt: only PNG, JPEG, GIF and WebP.")).toBeVisible()
    expect(await screen.findByText("Not uploaded: At most 10 MiB.")).toBeVisible()
    expect(failing).toBe(false)
    await user.click(screen.getByRole("button", { name: "Upload again" }))
    const alts = await waitFor(() => {
      const found = screen.getAllByLabelText("Alternative text")
      expect(found).toHaveLength(2)
      return found
    })
    await user.type(alts[0] as HTMLElement, "first")
    await user.type(alts[1] as HTMLElement, "second")
    await user.click(screen.getByRole("button", { name: "Move image 2 forward" }))
    await waitFor(() => expect(only(node)?.media.map(({ alt }) => alt)).toEqual(["second", "first"]), slow)
    expect(screen.getByText("Image moved to place 1 of 2")).toBeInTheDocument()
    await expectAccessible()
    await user.click(screen.getByRole("button", { name: "Remove image 1" }))
    await waitFor(() => expect(only(node)?.media.map(({ alt }) => alt)).toEqual(["first"]), slow)
  })

  it("lists its shortcuts", async () => {
    const { user } = compose()
    await box()
    await user.keyboard("{Control>}/{/Control}")
    expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible()
    await expectAccessible()
  })

  it("is closed for what has gone out and for viewers", async () => {
    const { node } = edit({ state: "published" }, [{ published_at: inHours(-1) }])
    expect(await screen.findByText(/can no longer be edited/)).toBeVisible()
    app?.stop()
    node.workspace.role = "viewer"
    compose(node)
    expect(await screen.findByText("Your role lets you read posts, not write them.")).toBeVisible()
    await expectAccessible()
  })
})
