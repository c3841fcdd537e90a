import { screen, waitFor, within } from "@testing-library/react"
import { type HttpResponse, http } from "msw"
import { afterEach, describe, expect, it } from "vitest"
import { session } from "@/api/client"
import { expectAccessible } from "./axe"
import { createFakeNode, problem } from "./fake-node"
import { startApp } from "./render"

let app: ReturnType<typeof startApp> | undefined
afterEach(() => {
  app?.stop()
  app = undefined
})

describe("the session", () => {
  it("leads a visitor to the sign-in, says what is wrong, and leads back to where they wanted to go", async () => {
    app = startApp((w) => `/w/${w}/settings/profile`, createFakeNode({ signedIn: false }))
    const { user } = app
    await user.type(await screen.findByLabelText("E-mail address"), "ada@example.org")
    await user.type(screen.getByLabelText("Password"), "wrong password")
    await user.click(screen.getByRole("button", { name: "Sign in" }))
    expect(await screen.findByRole("alert")).toHaveTextContent("E-mail address or password is wrong.")
    await user.clear(screen.getByLabelText("Password"))
    await user.type(screen.getByLabelText("Password"), "correct horse battery")
    await user.click(screen.getByRole("button", { name: "Sign in" }))
    expect(await screen.findByRole("heading", { level: 1, name: "Profile" })).toBeVisible()
    await expectAccessible()
  })

  it("asks for the password over the page when it expires, and keeps what was typed", async () => {
    app = startApp((w) => `/w/${w}/settings/profile`)
    const { user, node } = app
    const name = await screen.findByLabelText("Your name")
    await user.clear(name)
    await user.type(name, "Augusta Ada")
    node.state.signedIn = false
    await expect(session.refresh(await session.token())).rejects.toMatchObject({ status: 401 })
    const dialog = await screen.findByRole("dialog", { name: "Please sign in again" })
    await user.type(within(dialog).getByLabelText("Password"), "correct horse battery")
    await user.click(within(dialog).getByRole("button", { name: "Sign in" }))
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull())
    expect(screen.getByLabelText("Your name")).toHaveValue("Augusta Ada")
  })
})

describe("the profile", () => {
  it("shows both names when it was changed elsewhere, and saves over it when told so", async () => {
    app = startApp((w) => `/w/${w}/settings/profile`)
    const { user, node } = app
    const name = await screen.findByLabelText("Your name")
    node.state.user = { ...node.state.user, display_name: "Countess", version: 7 }
    await user.clear(name)
    await user.type(name, "Augusta")
    await user.click(screen.getByRole("button", { name: "Save changes" }))
    expect(await screen.findByText(/Your name is now “Countess”/)).toBeVisible()
    expect(name).toHaveValue("Augusta")
    await user.click(screen.getByRole("button", { name: "Save changes" }))
    await waitFor(() => expect(node.state.user).toMatchObject({ display_name: "Augusta", version: 8 }))
  })
})

describe("the first run", () => {
  it("goes from signing up over the sandbox to a post that turns published by itself", async () => {
    app = startApp("/sign-up", createFakeNode({ signedIn: false, empty: true, publishAfterMs: 50 }))
    const { user } = app
    await user.type(await screen.findByLabelText("Your name"), "Grace")
    await user.type(screen.getByLabelText("E-mail address"), "grace@example.org")
    await user.type(screen.getByLabelText("Password"), "correct horse battery")
    await user.type(screen.getByLabelText("Workspace name"), "Compilers")
    await user.click(screen.getByRole("button", { name: "Create account" }))
    expect(await screen.findByRole("heading", { level: 1, name: "Welcome, Grace" })).toBeVisible()
    await user.click(await screen.findByRole("button", { name: "Connect sandbox" }))
    expect(await screen.findByText("Connected as grace")).toBeVisible()
    await user.click(await screen.findByRole("button", { name: "Publish now" }))
    expect(await screen.findByText("Published", undefined, { timeout: 5_000 })).toBeVisible()
    await expectAccessible()
  })
})

describe("an answer that an event has overtaken", () => {
  it("is not what the page goes on saying", async () => {
    app = startApp((w) => `/w/${w}/welcome`, createFakeNode({ empty: true, publishAfterMs: 0 }))
    const { user } = app
    await user.click(await screen.findByRole("button", { name: "Connect sandbox" }))
    await user.click(await screen.findByRole("button", { name: "Publish now" }))
    expect(await screen.findByText("Published", undefined, { timeout: 5_000 })).toBeVisible()
  })
})

describe("the dashboard", () => {
  it("shows what goes out, what needs a person and how the accounts are", async () => {
    app = startApp((w) => `/w/${w}`)
    expect(await screen.findByText("We are hiring a second compositor.")).toBeVisible()
    expect(screen.getAllByText("Reconnect needed").length).toBeGreaterThan(0)
    await expectAccessible()
  })

  it("is drawn when it is empty", async () => {
    app = startApp((w) => `/w/${w}`, createFakeNode({ empty: true }))
    expect(await screen.findByText("All clear")).toBeVisible()
    expect(screen.getByText("Nothing is scheduled")).toBeVisible()
    await expectAccessible()
  })

  it("says why it failed, with the request id, and tries again", async () => {
    app = startApp((w) => `/w/${w}`)
    let broken = true
    app.server.use(
      http.get("*/v1/workspaces/:w/summary", () =>
        broken
          ? (problem("not-found", 404, {}, { "x-request-id": "req-7" }) as HttpResponse<null>)
          : undefined,
      ),
    )
    expect((await screen.findAllByText("Request req-7")).length).toBeGreaterThan(0)
    await expectAccessible()
    broken = false
    const [retry] = screen.getAllByRole("button", { name: "Try again" })
    if (retry) await app.user.click(retry)
    expect(await screen.findByText("We are hiring a second compositor.")).toBeVisible()
  })
})

describe("the settings", () => {
  it("shows both when someone else changed the workspace, and lets the person decide", async () => {
    app = startApp((w) => `/w/${w}/settings/workspace`)
    const { user, node } = app
    const name = await screen.findByLabelText("Name")
    await user.clear(name)
    await user.type(name, "Mine")
    const [first] = node.state.workspaces
    if (first) Object.assign(first, { name: "Theirs", version: 2 })
    await user.click(screen.getByRole("button", { name: "Save changes" }))
    expect(await screen.findByText(/It now says “Theirs”/)).toBeVisible()
    expect(screen.getByLabelText("Name")).toHaveValue("Mine")
    await user.click(screen.getByRole("button", { name: "Save changes" }))
    await waitFor(() => expect(first?.name).toBe("Mine"))
  })

  it("changes a role, removes a member after asking, and makes an invite link", async () => {
    app = startApp((w) => `/w/${w}/settings/members`)
    const { user, node } = app
    await user.selectOptions(await screen.findByLabelText("Role of Charles Babbage"), "admin")
    await waitFor(() => expect(node.state.members[1]?.role).toBe("admin"))
    await user.click(screen.getByRole("button", { name: "Remove Luigi Menabrea" }))
    const question = await screen.findByRole("alertdialog")
    await user.click(within(question).getByRole("button", { name: "Remove" }))
    await waitFor(() => expect(screen.queryByText("Luigi Menabrea")).toBeNull())
    await user.click(screen.getByRole("button", { name: "Invite someone" }))
    await user.click(await screen.findByRole("button", { name: "Create link" }))
    expect(await screen.findByRole("textbox", { name: "Invite link" })).toHaveValue(
      `${location.origin}/invite#secret`,
    )
    await expectAccessible()
  })

  it("speaks German when asked", async () => {
    app = startApp((w) => `/w/${w}/settings/appearance`)
    await app.user.click(await screen.findByRole("radio", { name: "Deutsch" }))
    expect(await screen.findByRole("heading", { level: 1, name: "Darstellung" })).toBeVisible()
    await waitFor(() => expect(document.documentElement.lang).toBe("de"))
  })
})
