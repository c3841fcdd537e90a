import { screen, waitFor, within } from "@testing-library/react"
import { ApiProblem } from "@troupe/api"
import { MemoryRouter } from "react-router"
import { describe, expect, it, vi } from "vitest"
import { expectAccessible } from "@/test/axe"
import {
  makeDelivery,
  makeHealth,
  makeInvite,
  makeMember,
  makeSession,
  makeUser,
  makeWorkspace,
} from "@/test/fake-node"
import { show } from "@/test/render"
import { AccountHealth } from "./account-health"
import { DeliveryList } from "./delivery-list"
import { InviteList } from "./invite-list"
import { MemberTable } from "./member-table"
import { Onboarding } from "./onboarding"
import { Panel } from "./panel"
import { PasswordForm } from "./password-form"
import { SessionList } from "./session-list"
import { SignUpForm } from "./sign-up-form"
import { SummaryStats } from "./summary-stats"
import { WorkspaceForm } from "./workspace-form"

const failure = new ApiProblem({ kind: "internal", status: 500, title: "internal", requestId: "req-1" })

describe("a panel", () => {
  const props = { title: "Things", isEmpty: (all: string[]) => all.length === 0, empty: <p>none</p> }
  const full = (all: string[]) => <p>{all.join()}</p>

  it.each([
    ["loading", { data: undefined, error: null }, "Loading"],
    ["failed", { data: undefined, error: failure }, "Request req-1"],
    ["empty", { data: [], error: null }, "none"],
    ["full", { data: ["one"], error: null }, "one"],
    ["full though a later fetch failed", { data: ["old"], error: failure }, "old"],
  ])("is drawn %s", async (_, of, text) => {
    show(
      <Panel {...props} of={of}>
        {full}
      </Panel>,
    )
    expect(screen.getByText(text)).toBeInTheDocument()
    await expectAccessible()
  })

  it("offers another try", async () => {
    const refetch = vi.fn()
    const { user } = show(
      <Panel {...props} of={{ data: undefined, error: failure, refetch }}>
        {full}
      </Panel>,
    )
    await user.click(screen.getByRole("button", { name: "Try again" }))
    expect(refetch).toHaveBeenCalledOnce()
  })
})

describe("lists", () => {
  it("never make a link of what is not http", () => {
    const permalink = "javascript:alert(1)"
    show(<DeliveryList when="published" deliveries={[makeDelivery({ state: "published", permalink })]} />)
    expect(screen.queryByRole("link")).toBeNull()
  })

  it("say states in words", async () => {
    show(
      <MemoryRouter>
        <AccountHealth
          hrefOf={(id) => `/${id}`}
          accounts={[
            makeHealth({ state: "restricted", failed_7d: 2 }),
            makeHealth({ state: "paused", account_id: "2" }),
          ]}
        />
      </MemoryRouter>,
    )
    expect(screen.getByText("Restricted")).toBeVisible()
    expect(screen.getByText("2 waiting, 1 out in 24 hours, 2 went wrong")).toBeVisible()
    expect(screen.getByText("Paused")).toBeVisible()
    await expectAccessible()
  })

  it("draw dashes and skeletons for figures that are not there", async () => {
    show(<SummaryStats summary={undefined} />)
    expect(screen.getByText("Scheduled")).toBeVisible()
    await expectAccessible()
  })
})

describe("members", () => {
  const of = (role: "owner" | "editor") => {
    const me = makeMember({ display_name: "Me", role })
    const members = [me, makeMember({ display_name: "Other", role: role === "owner" ? "viewer" : "owner" })]
    return (
      <MemberTable
        of={{ data: members, error: null }}
        workspaceName="Engines"
        userId={me.user_id}
        role={role}
        onChangeRole={vi.fn()}
        onRemove={vi.fn(async () => undefined)}
      />
    )
  }

  it("cannot lose their last owner", async () => {
    show(of("owner"))
    expect(screen.queryByLabelText("Role of Me")).toBeNull()
    expect(screen.queryByRole("button", { name: "Leave workspace" })).toBeNull()
    expect(screen.getByLabelText("Role of Other")).toBeEnabled()
    await expectAccessible()
  })

  it("show an editor nothing to manage but leaving", () => {
    show(of("editor"))
    expect(screen.queryByRole("combobox")).toBeNull()
    expect(screen.getByRole("button", { name: "Leave workspace" })).toBeVisible()
  })
})

describe("confirming", () => {
  it("stays open with the reason when it fails, and runs once for a double click", async () => {
    let refuse: (error: unknown) => void = () => undefined
    const onEnd = vi.fn(() => new Promise((_, reject) => (refuse = reject)))
    const { user } = show(
      <SessionList of={{ data: [makeSession()], error: null }} onEnd={onEnd} onEndAll={vi.fn()} />,
    )
    await user.click(screen.getByRole("button", { name: "End session" }))
    const dialog = screen.getByRole("alertdialog")
    await user.dblClick(within(dialog).getByRole("button", { name: "End session" }))
    expect(onEnd).toHaveBeenCalledOnce()
    refuse(failure)
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("req-1")
    await expectAccessible()
  })

  it("closes when it is done", async () => {
    const onRevoke = vi.fn(async () => undefined)
    const invites = [makeInvite()]
    const { user } = show(
      <InviteList of={{ data: invites, error: null }} action={null} onRevoke={onRevoke} />,
    )
    await user.click(screen.getByRole("button", { name: "Withdraw invite" }))
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Withdraw invite" }))
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull())
    expect(onRevoke).toHaveBeenCalledWith(invites[0]?.invite_id)
  })
})

describe("forms", () => {
  it("say what is missing, beside the field", async () => {
    const onSubmit = vi.fn()
    const { user } = show(<SignUpForm busy={false} error={null} onSubmit={onSubmit} />)
    await user.type(screen.getByLabelText("Password"), "short")
    await user.click(screen.getByRole("button", { name: "Create account" }))
    expect(await screen.findByText("At least 10 characters.")).toBeVisible()
    expect(screen.getByLabelText("Your name")).toHaveAccessibleDescription("Please fill this in.")
    expect(onSubmit).not.toHaveBeenCalled()
    await expectAccessible()
  })

  it("name a wrong current password", async () => {
    const error = new ApiProblem({ kind: "wrong-credentials", status: 401, title: "wrong" })
    show(<PasswordForm email="a@example.org" busy={false} done={false} error={error} onSubmit={vi.fn()} />)
    expect(screen.getByRole("alert")).toHaveTextContent("This is not your current password.")
    await expectAccessible()
  })

  it("show a viewer the workspace without a way to save it", async () => {
    show(<WorkspaceForm workspace={makeWorkspace()} readOnly busy={false} error={null} onSubmit={vi.fn()} />)
    expect(screen.queryByRole("button", { name: "Save changes" })).toBeNull()
    expect(screen.getByLabelText("Name")).toHaveAttribute("readonly")
    await expectAccessible()
  })
})

describe("the first run", () => {
  it("tells a viewer that others connect accounts", async () => {
    show(
      <Onboarding
        mayConnect={false}
        mayWrite={false}
        suggestedHandle={makeUser().email}
        account={undefined}
        connecting={false}
        connectError={null}
        onConnect={vi.fn()}
        post={undefined}
        publishing={false}
        publishError={null}
        onPublish={vi.fn()}
      />,
    )
    expect(screen.getByText(/An admin connects accounts/)).toBeVisible()
    await expectAccessible()
  })
})
