import { screen, waitFor, within } from "@testing-library/react"
import { type HttpResponse, http } from "msw"
import { afterEach, describe, expect, it, vi } from "vitest"
import { leaveFor } from "@/lib/leave"
import { rememberOauth } from "@/lib/oauth-pending"
import { expectAccessible } from "./axe"
import { createFakeNode, problem } from "./fake-node"
import { startApp } from "./render"

vi.mock("@/lib/leave", () => ({ leaveFor: vi.fn() }))

let app: ReturnType<typeof startApp> | undefined
afterEach(() => {
  app?.stop()
  app = undefined
  vi.mocked(leaveFor).mockReset()
})

const posts = (what: RegExp) => app?.node.state.calls.filter((call) => what.test(call)) ?? []

describe("accounts", () => {
  it("are connected with credentials: what is refused is said, what was typed stays, one click is one account", async () => {
    app = startApp((w) => `/w/${w}/accounts`)
    const { user, node } = app
    await user.click(await screen.findByRole("button", { name: "Connect an account" }))
    await user.click(await screen.findByRole("button", { name: /Bluesky/ }))
    await user.type(screen.getByLabelText("Handle"), "grace.example.org")
    await user.type(screen.getByLabelText("App password"), "refuse-me")
    await user.click(screen.getByRole("button", { name: "Connect" }))
    expect(await screen.findByText("The network refused this.")).toBeVisible()
    expect(screen.getByLabelText("Handle")).toHaveValue("grace.example.org")
    await expectAccessible()
    await user.clear(screen.getByLabelText("App password"))
    await user.type(screen.getByLabelText("App password"), "abcd-efgh")
    await user.dblClick(screen.getByRole("button", { name: "Connect" }))
    expect(await screen.findByText("grace.example.org is connected")).toBeVisible()
    expect(await screen.findByRole("link", { name: "Details of grace.example.org" })).toBeVisible()
    expect(node.state.accounts.filter((one) => one.handle === "grace.example.org")).toHaveLength(1)
    // No secret stays in the dialog.
    await user.click(screen.getByRole("button", { name: "Connect an account" }))
    await user.click(await screen.findByRole("button", { name: /Bluesky/ }))
    expect(screen.getByLabelText("App password")).toHaveValue("")
  })

  it("send the same key again after a lost answer, and another one for other words", async () => {
    app = startApp((w) => `/w/${w}/accounts`)
    const { user, server, node } = app
    const keys: (string | null)[] = []
    let lost = true
    server.use(
      http.post("*/v1/workspaces/:w/accounts", ({ request }) => {
        keys.push(request.headers.get("idempotency-key"))
        return (lost ? Response.error() : node.handle(request)) as Promise<HttpResponse<null>>
      }),
    )
    await user.click(await screen.findByRole("button", { name: "Connect an account" }))
    await user.click(await screen.findByRole("button", { name: /Sandbox/ }))
    await user.type(screen.getByLabelText("Handle"), "one")
    await user.click(screen.getByRole("button", { name: "Connect" }))
    expect(await screen.findByText(/cannot be reached/)).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Connect" }))
    await waitFor(() => expect(keys).toHaveLength(2))
    expect(keys[1]).toBe(keys[0])
    lost = false
    await user.type(screen.getByLabelText("Handle"), "-two")
    await user.click(screen.getByRole("button", { name: "Connect" }))
    expect(await screen.findByText("one-two is connected")).toBeVisible()
    expect(keys[2]).not.toBe(keys[0])
  })

  it("change before one's eyes when the network shuts us out", async () => {
    app = startApp((w) => `/w/${w}/accounts`)
    const { node } = app
    await screen.findByRole("link", { name: "Details of Ada" })
    await waitFor(() => expect(screen.getAllByText("Live").length).toBeGreaterThan(0))
    const first = node.state.accounts[0]
    if (!first) throw new Error("no account")
    node.state.accounts[0] = { ...first, state: "restricted", state_reason: "Suspended for a day." }
    node.emit("account.restricted", first.id)
    expect(await screen.findByText("Suspended for a day.")).toBeVisible()
  })

  it("are paused, resumed, checked and disconnected on their page", async () => {
    const node = createFakeNode()
    const [account] = node.state.accounts
    app = startApp((w) => `/w/${w}/accounts/${account?.id}`, node)
    const { user } = app
    await user.click(await screen.findByRole("button", { name: "Pause" }))
    expect(await screen.findByText(/Nothing goes out until you resume it/)).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Resume" }))
    expect(await screen.findByText("Works. Posts go out as planned.")).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Check now" }))
    expect(await screen.findByText("Checked: the network lets us in")).toBeVisible()
    await expectAccessible()
    await user.click(screen.getByRole("button", { name: "Disconnect" }))
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Disconnect" }))
    expect(await screen.findByText(/Its access was erased/)).toBeVisible()
    expect(screen.queryByRole("button", { name: "Check now" })).toBeNull()
  })

  it("say so when there is no such account", async () => {
    app = startApp((w) => `/w/${w}/accounts/nothing`)
    expect(await screen.findByText(/does not exist, or it belongs to another workspace/)).toBeVisible()
    await expectAccessible()
  })

  it("are only looked at by viewers", async () => {
    const node = createFakeNode()
    node.workspace.role = "viewer"
    app = startApp((w) => `/w/${w}/accounts`, node)
    await screen.findByRole("link", { name: "Details of Ada" })
    expect(screen.queryByRole("button", { name: "Connect an account" })).toBeNull()
    expect(screen.queryByRole("button", { name: /Check now/ })).toBeNull()
  })
})

describe("connecting over the network's own page", () => {
  async function begin() {
    app = startApp((w) => `/w/${w}/accounts`)
    const { user } = app
    await user.click(await screen.findByRole("button", { name: "Connect an account" }))
    await user.click(await screen.findByRole("button", { name: /Mastodon/ }))
    await user.type(screen.getByLabelText("Server"), "social.example.org")
    await user.dblClick(screen.getByRole("button", { name: "Continue on Mastodon" }))
    await waitFor(() => expect(leaveFor).toHaveBeenCalledOnce())
    expect(posts(/POST .*accounts\/oauth$/)).toHaveLength(1)
    const url = new URL(vi.mocked(leaveFor).mock.calls[0]?.[0] ?? "")
    expect(url.host).toBe("social.example.org")
    return { app, state: url.searchParams.get("state") ?? "" }
  }

  it("leads there, and to the account when the node has ended it", async () => {
    const { app } = await begin()
    const [account] = app.node.state.accounts
    await app.router.navigate(`/oauth/return?account_id=${account?.id}&workspace_id=${app.node.workspace.id}`)
    expect(await screen.findByRole("heading", { level: 1, name: "Ada" })).toBeVisible()
  })

  it("is ended by the tab that began where the node did not know the browser", async () => {
    const { app, state } = await begin()
    await app.router.navigate(`/oauth/return?state=${state}&code=abc`)
    expect(await screen.findByText("@new", { exact: false })).toBeVisible()
    expect(posts(/oauth\/complete$/)).toHaveLength(1)
  })

  it("connects nothing for a link that somebody else began", async () => {
    rememberOauth({ state: "mine", workspaceId: "w" })
    app = startApp("/oauth/return?state=theirs&code=abc")
    expect(await screen.findByRole("alert")).toHaveTextContent("This was not begun here")
    expect(posts(/oauth\/complete$/)).toHaveLength(0)
    await expectAccessible()
  })

  it.each([
    ["conflict", /Access was refused on the network/],
    ["not-found", /The time to allow access is over/],
    ["upstream-failed", /The network did not answer/],
    ["<script>", /The time to allow access is over/],
  ])("says what %s means", async (error, words) => {
    app = startApp(`/oauth/return?error=${encodeURIComponent(error)}`)
    expect(await screen.findByRole("alert")).toHaveTextContent(words)
  })

  it("says where to open Troupe when it is open under another address", async () => {
    app = startApp((w) => `/w/${w}/accounts`)
    app.server.use(
      http.post("*/accounts/oauth", () => {
        const errors = [
          { pointer: "/return_url", code: "not-allowed", detail: "http://a.example is allowed." },
        ]
        return problem("validation-failed", 422, { errors }) as HttpResponse<null>
      }),
    )
    const { user } = app
    await user.click(await screen.findByRole("button", { name: "Connect an account" }))
    await user.click(await screen.findByRole("button", { name: /Mastodon/ }))
    await user.type(screen.getByLabelText("Server"), "social.example.org")
    await user.click(screen.getByRole("button", { name: "Continue on Mastodon" }))
    expect(await screen.findByRole("alert")).toHaveTextContent("http://a.example is allowed.")
    expect(screen.getByLabelText("Server")).toHaveValue("social.example.org")
  })
})
