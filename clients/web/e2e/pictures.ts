import { execFileSync } from "node:child_process"
import { expect, request as http, type Page, test } from "@playwright/test"
import { type Api, expectAccessible, signUp } from "./people"

type Picture = { name: string; path: string; signedOut?: boolean; act?: (page: Page) => Promise<unknown> }

const menuOf = (page: Page, name: RegExp) =>
  page.getByRole("button", { name }).filter({ visible: true }).click()

const pictures: Picture[] = [
  { name: "sign-in", path: "/sign-in", signedOut: true },
  { name: "sign-up", path: "/sign-up", signedOut: true },
  {
    name: "sign-up-wrong",
    path: "/sign-up",
    signedOut: true,
    act: (page) => page.getByRole("button", { name: "Create account" }).click(),
  },
  { name: "invite", path: "/invite#AAAA" },
  { name: "dashboard", path: "/w/full" },
  { name: "dashboard-empty", path: "/w/empty" },
  { name: "user-menu", path: "/w/full", act: (page) => menuOf(page, /^Account:/) },
  { name: "switcher", path: "/w/full", act: (page) => menuOf(page, /^Workspace:/) },
  {
    name: "new-workspace",
    path: "/w/full",
    act: async (page) => {
      await menuOf(page, /^Workspace:/)
      await page.getByRole("menuitem", { name: "New workspace" }).click()
      await page.getByRole("dialog").waitFor()
    },
  },
  { name: "welcome", path: "/w/empty/welcome" },
  { name: "accounts", path: "/w/full/accounts" },
  { name: "accounts-empty", path: "/w/empty/accounts" },
  {
    name: "connect-pick",
    path: "/w/full/accounts",
    act: (page) => page.getByRole("button", { name: "Connect an account" }).click(),
  },
  {
    name: "connect-form",
    path: "/w/full/accounts",
    act: async (page) => {
      await page.getByRole("button", { name: "Connect an account" }).click()
      await page.getByRole("button", { name: /Bluesky/ }).click()
      await page.getByRole("button", { name: "Connect", exact: true }).click()
    },
  },
  {
    name: "account",
    path: "/w/full/accounts",
    act: async (page) => {
      await page.getByRole("link", { name: "Details of loom" }).click()
      await page.getByText("What the network can do").waitFor()
    },
  },
  { name: "settings-profile", path: "/w/full/settings/profile" },
  { name: "settings-security", path: "/w/full/settings/security" },
  { name: "settings-appearance", path: "/w/full/settings/appearance" },
  { name: "settings-workspace", path: "/w/full/settings/workspace" },
  { name: "settings-members", path: "/w/full/settings/members" },
  {
    name: "invite-dialog",
    path: "/w/full/settings/members",
    act: (page) => page.getByRole("button", { name: "Invite someone" }).click(),
  },
  {
    name: "operations",
    path: "/w/full/operations",
    act: async (page) => {
      await page.getByRole("tree").focus()
      for (const key of ["ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"])
        await page.keyboard.press(key)
      await page.getByRole("treeitem", { level: 4 }).first().waitFor()
    },
  },
  {
    name: "operations-actor",
    path: "/w/full/operations",
    act: async (page) => {
      await page.getByRole("tree").focus()
      for (const key of ["ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"])
        await page.keyboard.press(key)
      await page.getByRole("treeitem", { level: 4 }).first().waitFor()
      await page.keyboard.press("ArrowRight")
      await page.keyboard.press("Enter")
      await page.getByText("Messages handled").waitFor()
    },
  },
  { name: "operations-quarantine", path: "/w/full/operations?view=quarantine" },
  { name: "operations-nodes", path: "/w/full/operations?view=nodes" },
  { name: "operations-shards", path: "/w/full/operations?view=shards" },
  { name: "not-found", path: "/w/full/nowhere" },
]

/** A workspace as it looks after some days: posts in every state, an account in trouble, a colleague, open invites. */
async function fill(api: Api, at: string, base: string): Promise<void> {
  const connect = async (handle: string, behaviour = "ok") => {
    const made = await api("POST", `${at}/accounts`, { platform: "sandbox", fields: { handle, behaviour } })
    expect(made.status).toBe(201)
    return String(made.body.id)
  }
  const ok = await connect("engines")
  const loom = await connect("loom")
  const picky = await connect("picky.editor", "reject")
  const stale = await connect("old_friend", "reconnect")
  const paused = await connect("on.holiday")
  await api("POST", `${at}/accounts/${paused}/pause`)
  const post = async (text: string, accounts: string[], hours?: number) => {
    const schedule =
      hours === undefined ? undefined : { at: new Date(Date.now() + hours * 3_600_000).toISOString() }
    const targets = accounts.map((account_id) => ({ account_id }))
    const made = await api("POST", `${at}/posts`, { text, targets, schedule })
    expect(made.status).toBe(201)
    return String(made.body.id)
  }
  const now = async (text: string, accounts: string[]) =>
    api("POST", `${at}/posts/${await post(text, accounts)}/publish-now`)
  await now("Fresh rye bread from seven tomorrow.", [ok])
  await now("Office hours move to Thursday this week. See https://example.org/hours #engines", [ok, loom])
  await now("New: punched cards in three colours.", [loom])
  await now("We are hiring a second compositor. Apply by Friday.", [picky])
  await now("Maintenance tonight: the engine pauses for half an hour.", [stale])
  await post("A short thread on why the mill and the store are two things.", [ok, loom], 3)
  await post("The engine weaves algebraic patterns just as the loom weaves flowers and leaves.", [ok], 26)
  await post("Reading group on Sunday, everyone is welcome.", [loom], 75)
  await post("A draft about the difference engine", [ok])
  await api("POST", `${at}/invites`, { role: "editor", email: "mary@example.org" })
  await api("POST", `${at}/invites`, { role: "viewer", email: null })
  const colleague = await http.newContext({ baseURL: base })
  const registered = await colleague.post("/v1/auth/register", {
    headers: { "idempotency-key": crypto.randomUUID() },
    data: {
      email: `charles-${crypto.randomUUID()}@example.org`,
      password: "correct horse battery",
      display_name: "Charles Babbage",
      workspace: { name: "Mill", time_zone: "Europe/London" },
    },
  })
  const { access_token } = (await registered.json()) as { access_token: string }
  const { body } = await api("POST", `${at}/invites`, { role: "editor", email: null })
  const joined = await colleague.post("/v1/invites/accept", {
    headers: { authorization: `Bearer ${access_token}`, "idempotency-key": crypto.randomUUID() },
    data: { token: body.token },
  })
  expect(joined.status()).toBe(200)
  await colleague.dispose()
  await expect
    .poll(
      async () => {
        const { deliveries } = (await api("GET", `${at}/summary`)).body as {
          deliveries: Record<string, number>
        }
        return [deliveries.published, deliveries.sending]
      },
      { timeout: 60_000 },
    )
    .toEqual([4, 0])
}

test("every page but those of publishing, against a real node", async ({
  browser,
  page,
  request,
  baseURL,
}) => {
  test.setTimeout(1_200_000)
  const { email, workspace, api } = await signUp(page, request)
  const { E2E_PROGRAM: program = "troupe", E2E_CONFIG: config = "", E2E_DSN: dsn = "" } = process.env
  execFileSync(program, ["users", "operator", email, "on", "--config", config])
  await api("PATCH", "/v1/me", { display_name: "Ada Lovelace" })
  const second = await api("POST", "/v1/workspaces", { name: "Difference Club", time_zone: "Europe/Berlin" })
  await fill(api, `/v1/workspaces/${workspace}`, baseURL ?? "")
  const sql = (text: string) => execFileSync("psql", ["-qX", "-d", dsn, "-c", text])
  sql("ALTER TABLE post RENAME TO post_away")
  const lost = `/v1/workspaces/${workspace}/posts/${crypto.randomUUID()}`
  await expect
    .poll(async () => (await api("GET", lost)).body.type, { timeout: 60_000 })
    .toBe("urn:troupe:problem:quarantined")
  sql("ALTER TABLE post_away RENAME TO post")
  const storageState = await page.context().storageState()
  const only = process.env.E2E_ONLY?.split(",")
  for (const { name, path, signedOut, act } of pictures) {
    if (only && !only.includes(name)) continue
    for (const theme of ["light", "dark"] as const) {
      const context = await browser.newContext({
        colorScheme: theme,
        reducedMotion: "reduce",
        locale: "en-GB",
        // The cookie of the one session goes on from page to page.
        storageState: signedOut ? undefined : await page.context().storageState(),
      })
      const shown = await context.newPage()
      const complaints: string[] = []
      shown.on("console", (message) => {
        // A visitor's first refresh is refused, and what was not found is the picture's point: Chromium tells of both.
        if (message.type() === "error" && !/401|404/.test(message.text())) complaints.push(message.text())
      })
      shown.on("pageerror", (error) => complaints.push(error.message))
      for (const width of [360, 768, 1440]) {
        await shown.setViewportSize({ width, height: width === 360 ? 740 : 900 })
        await shown.goto(
          path.replace("/w/full", `/w/${workspace}`).replace("/w/empty", `/w/${String(second.body.id)}`),
        )
        await shown.waitForSelector("h1")
        await shown.waitForFunction(() => !document.querySelector(".animate-pulse, [aria-busy=true]"))
        await shown.evaluate(() => document.fonts.ready)
        await act?.(shown)
        await shown.screenshot({ path: `shots/real-${name}-${width}-${theme}.png`, fullPage: !act })
        const wide = await shown.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect.soft(wide, `${name} at ${width} scrolls sideways`).toBeLessThanOrEqual(0)
      }
      await expectAccessible(shown)
      expect.soft(complaints, `${name}: console`).toEqual([])
      if (!signedOut) {
        await page.context().clearCookies()
        await page.context().addCookies((await context.storageState()).cookies)
      }
      await context.close()
    }
  }
  expect(storageState.cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/v1/auth" })
})
