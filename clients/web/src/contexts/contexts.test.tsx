import { act, screen, waitFor } from "@testing-library/react"
import { afterEach, describe, expect, it } from "vitest"
import { createFakeNode } from "@/test/fake-node"
import { startApp } from "@/test/render"

let app: ReturnType<typeof startApp> | undefined
afterEach(() => {
  app?.stop()
  app = undefined
})

describe("the live stream", () => {
  it("shows that it is open, fetches anew what an event makes old, and says it aloud", async () => {
    app = startApp((w) => `/w/${w}`, createFakeNode({ empty: true }))
    const { node } = app
    expect((await screen.findAllByText("Live")).length).toBeGreaterThan(0)
    expect(await screen.findByText("No accounts yet")).toBeVisible()
    const before = node.state.calls.filter((call) => call.endsWith("/summary")).length
    node.emit("delivery.published", "s")
    await waitFor(() =>
      expect(node.state.calls.filter((call) => call.endsWith("/summary")).length).toBe(before + 1),
    )
    expect(screen.getByText("A post was published.")).toHaveAttribute("aria-live", "polite")
  })
})

describe("the connection", () => {
  it("says that it is gone, and that it is back", async () => {
    app = startApp((w) => `/w/${w}/settings/appearance`)
    await screen.findByRole("heading", { level: 1, name: "Appearance" })
    Object.defineProperty(navigator, "onLine", { value: false, configurable: true })
    act(() => void dispatchEvent(new Event("offline")))
    expect(screen.getByText(/You are offline/)).toBeVisible()
    Object.defineProperty(navigator, "onLine", { value: true, configurable: true })
    act(() => void dispatchEvent(new Event("online")))
    expect(screen.queryByText(/You are offline/)).toBeNull()
  })
})

describe("the theme", () => {
  it("is kept on this device", async () => {
    app = startApp((w) => `/w/${w}/settings/appearance`)
    await app.user.click(await screen.findByRole("radio", { name: "Dark" }))
    expect(document.documentElement.dataset.theme).toBe("dark")
    expect(localStorage.getItem("troupe.theme")).toBe("dark")
    await app.user.click(screen.getByRole("radio", { name: "Light" }))
    expect(document.documentElement.dataset.theme).toBe("light")
  })
})

describe("workspaces", () => {
  it("are switched by the address, and hide what the role forbids", async () => {
    app = startApp((w) => `/w/${w}`)
    const club = app.node.state.workspaces[1]
    await app.user.click(
      (await screen.findAllByRole("button", { name: /Analytical Engines. Switch/ }))[0] as HTMLElement,
    )
    await app.user.click(await screen.findByRole("menuitemradio", { name: "Difference Club" }))
    await waitFor(() => expect(app?.router.state.location.pathname).toBe(`/w/${club?.id}`))
    await act(() => app?.router.navigate(`/w/${club?.id}/settings/members`) as Promise<void>)
    await screen.findByText("Charles Babbage")
    expect(screen.queryByText("Invites")).toBeNull()
  })

  it("are listed from right to left where the page is read so", async () => {
    app = startApp((w) => `/w/${w}`)
    const [button] = await screen.findAllByRole("button", { name: /Analytical Engines. Switch/ })
    act(() => void document.documentElement.setAttribute("dir", "rtl"))
    await app.user.click(button as HTMLElement)
    expect(await screen.findByRole("menu")).toHaveAttribute("dir", "rtl")
    act(() => void document.documentElement.setAttribute("dir", "ltr"))
  })

  it("of others are not found", async () => {
    app = startApp("/w/0192f0c1-0000-7000-8000-ffffffffffff")
    expect(await screen.findByRole("heading", { level: 1, name: "Page not found" })).toBeInTheDocument()
  })
})
