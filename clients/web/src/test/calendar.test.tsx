import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import { afterEach, describe, expect, it } from "vitest"
import { expectAccessible } from "./axe"
import { createFakeNode, problem } from "./fake-node"
import { startApp } from "./render"

let app: ReturnType<typeof startApp> | undefined
afterEach(() => {
  app?.stop()
  app = undefined
})

// The workspace is in London: summer time ends on 31 October 2027, and begins on 26 March 2028.
function start(search: string, fill: (node: ReturnType<typeof createFakeNode>) => void) {
  const node = createFakeNode()
  fill(node)
  app = startApp((w) => `/w/${w}/calendar${search}`, node)
  return app
}

type Node = ReturnType<typeof createFakeNode>
const plan = (node: Node, text: string, at: string, more = {}) =>
  node.add({ state: "scheduled", text, scheduled_at: at, ...more }, [{}])

const entry = (name: RegExp) => screen.findByRole("button", { name })
const cell = (of: string) => document.querySelector(`[data-day="${of}"],[data-cell="${of}"]`) as HTMLElement

function drag(from: HTMLElement, to: HTMLElement) {
  const data = new Map<string, string>()
  const dataTransfer = {
    setData: (type: string, value: string) => data.set(type, value),
    getData: (type: string) => data.get(type) ?? "",
    get types() {
      return [...data.keys()]
    },
  }
  fireEvent.dragStart(from, { dataTransfer })
  fireEvent.dragOver(to, { dataTransfer })
  expect(to.dataset.over).toBe("true")
  fireEvent.drop(to, { dataTransfer })
}

const at = (node: Node, text: string) =>
  [...node.state.posts.values()].find((post) => post.text === text)?.scheduled_at

describe("the calendar", () => {
  it("places posts by the workspace's clock, on days on which clocks are set too", async () => {
    start("?view=month&day=2027-10-15", (node) => {
      plan(node, "Summer", "2027-10-30T22:30:00.000Z")
      plan(node, "Midnight", "2027-10-30T23:30:00.000Z")
      plan(node, "Winter", "2027-11-01T00:30:00.000Z")
    })
    expect(await screen.findByRole("heading", { name: "October 2027" })).toBeVisible()
    await entry(/^23:30, Summer. Scheduled. Sandbox/)
    expect(within(cell("2027-10-30")).getByText("Summer")).toBeVisible()
    expect(within(cell("2027-10-31")).getByText("Midnight")).toBeVisible()
    expect(within(cell("2027-11-01")).getByText("00:30")).toBeVisible()
    await expectAccessible()
  })

  it("moves by dragging, before the node has answered, and offers to take it back", async () => {
    const { node } = start("?view=month&day=2027-07-15", (node) => {
      plan(node, "Wander", "2027-07-10T08:00:00.000Z")
    })
    let answer: () => void = () => undefined
    const gate = new Promise<void>((open) => {
      answer = open
    })
    const handle = node.handle
    node.replace("POST /v1/workspaces/{w}/posts/{id}/schedule", async ({ request, body }) => {
      await gate
      node.restore()
      const { url, method, headers } = request
      return handle(new Request(url, { method, headers, body: JSON.stringify(body) }))
    })
    drag(await entry(/Wander/), cell("2027-07-20"))
    await waitFor(() => expect(within(cell("2027-07-20")).getByText("Wander")).toBeVisible())
    expect(at(node, "Wander")).toBe("2027-07-10T08:00:00.000Z")
    answer()
    await waitFor(() => expect(at(node, "Wander")).toBe("2027-07-20T08:00:00.000Z"))
    expect(await screen.findByText(/^Moved to/)).toBeVisible()
    const undo = screen.getByRole("button", { name: "Undo" })
    fireEvent.click(undo)
    await waitFor(() => expect(at(node, "Wander")).toBe("2027-07-10T08:00:00.000Z"))
    await waitFor(() => expect(within(cell("2027-07-10")).getByText("Wander")).toBeVisible())
  })

  it("puts it back when the node refuses, and says why", async () => {
    const { node } = start("?view=month&day=2027-07-15", (node) => {
      plan(node, "Stay", "2027-07-10T08:00:00.000Z")
    })
    node.replace("POST /v1/workspaces/{w}/posts/{id}/schedule", () => problem("already-sending", 409))
    drag(await entry(/Stay/), cell("2027-07-20"))
    expect(await screen.findByText("Too late: it is on its way to the network already.")).toBeVisible()
    await waitFor(() => expect(within(cell("2027-07-10")).getByText("Stay")).toBeVisible())
    expect(at(node, "Stay")).toBe("2027-07-10T08:00:00.000Z")
  })

  it("moves by keyboard: M asks for a time, Alt with an arrow goes a day or an hour", async () => {
    const { node, user } = start("?view=week&day=2027-07-14", (node) => {
      plan(node, "Keys", "2027-07-14T08:15:00.000Z")
      plan(node, "Other", "2027-07-15T08:15:00.000Z")
    })
    const keys = await entry(/Keys/)
    keys.focus()
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}")
    await waitFor(() => expect(at(node, "Keys")).toBe("2027-07-14T09:15:00.000Z"))
    ;(await entry(/^10:15, Keys/)).focus()
    await user.keyboard("{Alt>}{ArrowRight}{/Alt}")
    await waitFor(() => expect(at(node, "Keys")).toBe("2027-07-15T09:15:00.000Z"))
    ;(await entry(/^10:15, Keys/)).focus()
    await user.keyboard("{ArrowLeft}")
    expect(await entry(/Other/)).toHaveFocus()
    await user.keyboard("m")
    const dialog = await screen.findByRole("dialog", { name: "Move to another time" })
    await expectAccessible()
    fireEvent.change(within(dialog).getByLabelText("Date"), { target: { value: "2027-07-16" } })
    await user.click(within(dialog).getByRole("button", { name: "Move" }))
    await waitFor(() => expect(at(node, "Other")).toBe("2027-07-16T08:15:00.000Z"))
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull())
  })

  it("takes three presses as three steps, each on the version before, and stays on the post", async () => {
    const { node, user } = start("?view=month&day=2027-07-14", (node) => {
      plan(node, "Walk", "2027-07-14T08:15:00.000Z")
    })
    ;(await entry(/Walk/)).focus()
    await user.keyboard("{Alt>}{ArrowRight}{ArrowRight}{ArrowRight}{/Alt}")
    await waitFor(() => expect(at(node, "Walk")).toBe("2027-07-17T08:15:00.000Z"))
    await waitFor(() =>
      expect(within(cell("2027-07-17")).getByRole("button", { name: /Walk/ })).toHaveFocus(),
    )
    expect(screen.queryByText(/changed/i)).toBeNull()
    expect(node.state.calls.filter((call) => call.endsWith("/schedule"))).toHaveLength(3)
  })

  it("takes nothing in an hour that the clocks skip, and asks about one that comes twice", async () => {
    const { node, user } = start("?view=day&day=2028-03-26", (node) => {
      plan(node, "Spring", "2028-03-26T09:30:00.000Z")
    })
    await entry(/Spring/)
    expect(screen.getByText("does not exist: clocks are set forward")).toBeInTheDocument()
    const gap = cell("2028-03-26T01")
    fireEvent.dragOver(gap, { dataTransfer: { types: ["application/x-troupe-post"] } })
    expect(gap.dataset.over).toBeUndefined()
    await expectAccessible()
    const post = [...node.state.posts.values()][0]
    if (post) node.put(post, { scheduled_at: "2027-10-31T09:30:00.000Z" })
    await app?.router.navigate(`/w/${node.workspace.id}/calendar?view=day&day=2027-10-31`)
    await screen.findByRole("heading", { name: "October 31, 2027" })
    drag(await entry(/^09:30, Spring/), cell("2027-10-31T01"))
    const dialog = await screen.findByRole("dialog")
    expect(within(dialog).getByText(/happens twice/)).toBeVisible()
    await user.click(within(dialog).getByRole("radio", { name: /^The second/ }))
    await user.click(within(dialog).getByRole("button", { name: "Move" }))
    await waitFor(() => expect(at(node, "Spring")).toBe("2027-10-31T01:30:00.000Z"))
  })

  it("refuses times that are over, and posts that have left", async () => {
    const { node } = start("?view=month", (node) => {
      plan(node, "Soon", new Date(Date.now() + 60_000).toISOString())
      node.add(
        { state: "published", text: "Gone", scheduled_at: new Date(Date.now() - 60_000).toISOString() },
        [{ published_at: new Date().toISOString() }],
      )
    })
    const before = at(node, "Soon")
    const days = () => [...document.querySelectorAll<HTMLElement>("[data-day]")]
    const soon = await entry(/Soon/)
    const first = days()[0] as HTMLElement
    if (!first.contains(soon)) {
      drag(soon, first)
      expect(await screen.findByText("That time is over.")).toBeVisible()
    }
    expect(at(node, "Soon")).toBe(before)
    expect(await entry(/Gone/)).toHaveAttribute("draggable", "false")
  })

  it("filters by state, changes the view, and shows a busy day in full on its own", async () => {
    const { user } = start("?view=month&day=2027-07-15", (node) => {
      for (let hour = 0; hour < 9; hour += 1) plan(node, `Busy ${hour}`, `2027-07-15T1${hour}:00:00.000Z`)
      node.add({ state: "failed", text: "Broken", scheduled_at: "2027-07-16T10:00:00.000Z" }, [{}])
    })
    await user.click(await screen.findByRole("button", { name: /^6 more posts: show/ }))
    expect(await screen.findByRole("heading", { name: "July 15, 2027" })).toBeVisible()
    expect(await entry(/Busy 8/)).toBeVisible()
    await user.click(screen.getByRole("tab", { name: "List" }))
    expect(await screen.findByText("9 posts")).toBeVisible()
    await expectAccessible()
    await user.selectOptions(screen.getByLabelText("State"), "Failed")
    await waitFor(() => expect(screen.queryByRole("button", { name: /Busy 8/ })).toBeNull())
    expect(await entry(/Broken/)).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Later" }))
    expect(await screen.findByText("Nothing is planned here")).toBeVisible()
  })

  it("holds a thousand posts in few elements", async () => {
    start("?view=month&day=2027-07-15", (node) => {
      for (let one = 0; one < 1_000; one += 1)
        plan(node, `Post ${one}`, new Date(Date.UTC(2027, 6, 1) + one * 2_400_000).toISOString())
    })
    await entry(/Post 0\b/)
    expect(document.querySelectorAll("[data-entry]").length).toBeLessThanOrEqual(42 * 4)
  })
})
