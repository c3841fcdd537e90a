import { screen, waitFor, within } from "@testing-library/react"
import { type Account, ApiProblem } from "@troupe/api"
import type { ReactNode } from "react"
import { MemoryRouter } from "react-router"
import { describe, expect, it, vi } from "vitest"
import { expectAccessible } from "@/test/axe"
import { makePlatform, platforms } from "@/test/fake-connect"
import { ago, limits, makeAccount } from "@/test/fake-node"
import { show } from "@/test/render"
import { AccountLimits, NetworkCapabilities } from "./account-limits"
import { AccountList } from "./account-list"
import { AccountOverview } from "./account-overview"
import { ConnectDialog } from "./connect-dialog"
import type { Loaded } from "./panel"

const failure = new ApiProblem({ kind: "internal", status: 500, title: "internal", requestId: "req-1" })
const routed = (element: ReactNode) => show(<MemoryRouter>{element}</MemoryRouter>)

describe("the list of accounts", () => {
  const list = (of: Loaded<Account[]>, more: Partial<Parameters<typeof AccountList>[0]> = {}) => (
    <AccountList
      of={of}
      platforms={platforms}
      mayManage
      checking={undefined}
      hrefOf={(account) => `/${account.id}`}
      connect={null}
      onCheck={vi.fn()}
      onReconnect={vi.fn()}
      {...more}
    />
  )

  it.each([
    ["loading", { data: undefined, error: null }, "Loading"],
    ["failed", { data: undefined, error: failure, refetch: vi.fn() }, "Request req-1"],
    ["empty", { data: [], error: null }, "No accounts yet"],
  ])("is drawn %s", async (_, of, text) => {
    routed(list(of))
    expect(screen.getByText(text)).toBeInTheDocument()
    await expectAccessible()
  })

  it("says in words how each stands, and offers to reconnect only what needs it", async () => {
    const states = ["active", "paused", "reconnect_required", "restricted", "disconnected"] as const
    const onReconnect = vi.fn()
    const accounts = states.map((state) => makeAccount({ state, display_name: `Account ${state}` }))
    const { user } = routed(list({ data: accounts, error: null }, { onReconnect }))
    expect(screen.getByText("Works. Posts go out as planned.")).toBeVisible()
    expect(screen.getByText(/Nothing goes out until you resume it/)).toBeVisible()
    expect(screen.getByText(/Only the network can lift that/)).toBeVisible()
    expect(screen.getByText("1 disconnected account")).toBeVisible()
    await user.click(screen.getByRole("button", { name: "Reconnect" }))
    expect(onReconnect).toHaveBeenCalledWith(accounts[2])
    await expectAccessible()
  })

  it("tells the life of the access, the budget and the guarantee", () => {
    const account = makeAccount({
      platform: "mastodon",
      token_expires_at: ago(-60 * 24 * 3 - 1),
      rate: { limit: 300, remaining: 75, resets_at: ago(-5) },
    })
    routed(list({ data: [account], error: null }))
    expect(screen.getByText(/Renewed by itself before in 3 days/)).toBeVisible()
    expect(screen.getByText(/75 of 300/)).toBeVisible()
    expect(screen.getByRole("progressbar", { name: "Calls left" })).toHaveAttribute("aria-valuenow", "25")
    expect(screen.getByText("Never twice within 1 hr")).toBeVisible()
  })

  it("offers an editor nothing to change", () => {
    routed(list({ data: [makeAccount({ state: "reconnect_required" })], error: null }, { mayManage: false }))
    expect(screen.queryByRole("button")).toBeNull()
  })
})

describe("connecting", () => {
  const dialog = (more: Partial<Parameters<typeof ConnectDialog>[0]> = {}) => (
    <ConnectDialog
      open
      onOpenChange={vi.fn()}
      platforms={{ data: platforms, error: null }}
      busy={false}
      error={null}
      onPick={vi.fn()}
      onSubmit={vi.fn()}
      {...more}
    />
  )

  it.each([
    ["loading", { data: undefined, error: null }, "Loading"],
    ["failed", { data: undefined, error: failure, refetch: vi.fn() }, "Request req-1"],
    ["full", { data: platforms, error: null }, "By signing in on the network"],
  ])("draws the networks %s", async (_, of, text) => {
    show(dialog({ platforms: of }))
    expect(screen.getByText(text)).toBeInTheDocument()
    await expectAccessible()
  })

  it("keeps what was typed while looking at another network, and sends only what was filled in", async () => {
    const onSubmit = vi.fn()
    const { user } = show(dialog({ onSubmit }))
    await user.click(screen.getByRole("button", { name: /Bluesky/ }))
    await user.type(screen.getByLabelText("Handle"), " ada.example.org ")
    await user.click(screen.getByRole("button", { name: "Another network" }))
    await user.click(screen.getByRole("button", { name: /WordPress/ }))
    await user.click(screen.getByRole("button", { name: "Another network" }))
    await user.click(screen.getByRole("button", { name: /Bluesky/ }))
    expect(screen.getByLabelText("Handle")).toHaveValue(" ada.example.org ")
    await user.click(screen.getByRole("button", { name: "Connect" }))
    expect(await screen.findByText("Please fill this in.")).toBeVisible()
    expect(onSubmit).not.toHaveBeenCalled()
    await user.type(screen.getByLabelText("App password"), "abcd")
    await user.click(screen.getByRole("button", { name: "Connect" }))
    await waitFor(() =>
      expect(onSubmit).toHaveBeenCalledWith(platforms[0], {
        identifier: "ada.example.org",
        app_password: "abcd",
      }),
    )
    await expectAccessible()
  })

  it("asks for no secret where the person signs in on the network", async () => {
    const { user } = show(dialog())
    await user.click(screen.getByRole("button", { name: /Mastodon/ }))
    expect(screen.queryByLabelText(/Access token/)).toBeNull()
    expect(screen.getByRole("button", { name: "Continue on Mastodon" })).toBeVisible()
  })

  it("takes no second submit while one is under way", async () => {
    const onSubmit = vi.fn()
    const account = makeAccount()
    const { user } = show(dialog({ account, busy: true, onSubmit }))
    await user.dblClick(screen.getByRole("button", { name: "Reconnect" }))
    expect(onSubmit).not.toHaveBeenCalled()
  })

  const problem = (kind: "already-exists" | "upstream-failed" | "conflict", status: number) =>
    new ApiProblem({ kind, status, title: kind })
  it.each([
    ["already-exists", problem("already-exists", 409), /connected to this workspace already/],
    ["upstream-failed", problem("upstream-failed", 502), /The network did not answer as it should/],
    ["conflict", problem("conflict", 409), /another account than the one to reconnect/],
  ])("says %s in plain words", async (_, error, words) => {
    show(dialog({ account: makeAccount(), error }))
    expect(screen.getByRole("alert")).toHaveTextContent(words)
    await expectAccessible()
  })

  it("shows a refused field beside it, also a folded one", async () => {
    const errors = [{ pointer: "/fields/behaviour", code: "unknown-value", detail: "No such behaviour." }]
    const error = new ApiProblem({ kind: "validation-failed", status: 422, title: "wrong", errors })
    show(dialog({ account: makeAccount(), error }))
    expect(await screen.findByText("No such behaviour.")).toBeVisible()
    expect(screen.getByLabelText(/Behaviour/)).toHaveAttribute("aria-invalid", "true")
  })
})

describe("one account", () => {
  const overview = (of: Partial<Account>, onDisconnect = vi.fn(async () => undefined)) => (
    <AccountOverview
      account={makeAccount(of)}
      platform={makePlatform()}
      mayManage
      busy={undefined}
      onAct={vi.fn()}
      onReconnect={vi.fn()}
      onDisconnect={onDisconnect}
    />
  )

  it.each([
    ["active", ["Check now", "Pause", "Reconnect", "Disconnect"]],
    ["paused", ["Check now", "Resume", "Reconnect", "Disconnect"]],
    ["reconnect_required", ["Reconnect", "Check now", "Disconnect"]],
    ["restricted", ["Check now", "Reconnect", "Disconnect"]],
    ["disconnected", []],
  ] as const)("that is %s offers what helps", async (state, names) => {
    show(overview({ state }))
    expect(screen.queryAllByRole("button").map((button) => button.textContent)).toEqual(names)
    await expectAccessible()
  })

  it("asks before it disconnects, and says why it could not", async () => {
    const onDisconnect = vi.fn().mockRejectedValueOnce(failure)
    const { user } = show(overview({}, onDisconnect))
    await user.click(screen.getByRole("button", { name: "Disconnect" }))
    const question = screen.getByRole("alertdialog")
    expect(question).toHaveTextContent("waiting posts are cancelled")
    await user.click(within(question).getByRole("button", { name: "Disconnect" }))
    expect(await within(question).findByRole("alert")).toHaveTextContent("req-1")
  })

  it("lists its limits and what its network can do", async () => {
    show(
      <>
        <AccountLimits limits={{ ...limits, max_image_bytes: 2_000_000, url_weight: 23 }} />
        <NetworkCapabilities platform={makePlatform()} />
      </>,
    )
    expect(screen.getByText("500 characters")).toBeVisible()
    expect(screen.getByText("23 characters")).toBeVisible()
    expect(screen.getByText("2 MB")).toBeVisible()
    expect(screen.getAllByRole("img", { name: "Yes" })).toHaveLength(4)
    await expectAccessible()
  })
})
