import { expect, test } from "@playwright/test"
import { expectAccessible, expectLive, signUp } from "./people"

test("a session that ends asks for the password over the page, and keeps what was typed", async ({
  page,
  request,
}) => {
  const { api, workspace, password } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/profile`)
  await page.getByLabel("Your name").fill("Augusta Ada")
  expect((await api("POST", "/v1/auth/logout-everywhere")).status).toBe(204)
  await page.getByRole("button", { name: "Save changes" }).click()
  const dialog = page.getByRole("dialog", { name: "Please sign in again" })
  await dialog.getByLabel("Password", { exact: true }).fill(password)
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByLabel("Your name")).toHaveValue("Augusta Ada")
  await page.getByRole("button", { name: "Save changes" }).click()
  await expect(page.getByText("Saved", { exact: true }).first()).toBeVisible()
})

test("offline says so, and is back by itself with what was missed", async ({ page, request, context }) => {
  const { workspace, api } = await signUp(page, request)
  await page.goto(`/w/${workspace}/accounts`)
  await expect(page.getByText("No accounts yet")).toBeVisible()
  await expectLive(page)
  await context.setOffline(true)
  await expect(page.getByText(/You are offline/)).toBeVisible()
  await expectAccessible(page)
  await api("POST", `/v1/workspaces/${workspace}/accounts`, {
    platform: "sandbox",
    fields: { handle: "missed" },
  })
  await context.setOffline(false)
  await expect(page.getByText(/You are offline/)).toBeHidden()
  await expect(page.getByRole("link", { name: /Details of/ })).toBeVisible({ timeout: 60_000 })
})

test("too many requests: waits as it was told, and does it then", async ({ page, request }) => {
  const { workspace, api } = await signUp(page, request)
  await page.goto(`/w/${workspace}/accounts`)
  let refused = 0
  await page.route("**/v1/workspaces/*/accounts", (route) => {
    if (route.request().method() !== "POST" || refused > 0) return route.continue()
    refused += 1
    return route.fulfill({
      status: 429,
      headers: { "retry-after": "1", "content-type": "application/problem+json" },
      body: JSON.stringify({ type: "urn:troupe:problem:rate-limited", title: "slow down", status: 429 }),
    })
  })
  await page.getByRole("button", { name: "Connect an account" }).click()
  await page.getByRole("button", { name: /Sandbox/ }).click()
  await page.getByLabel("Handle").fill("patient")
  await page.getByRole("button", { name: "Connect", exact: true }).click()
  await expect(page.getByRole("link", { name: /Details of/ })).toBeVisible()
  expect(refused).toBe(1)
  expect((await api("GET", `/v1/workspaces/${workspace}/accounts`)).body.items).toHaveLength(1)
})

test("a change by someone else meanwhile: both are shown, and the person decides", async ({
  page,
  request,
}) => {
  const { workspace, api } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/workspace`)
  await page.getByLabel("Name").fill("Mine")
  // Without the stream the page cannot know in time.
  await page.route("**/events", (route) => route.abort())
  expect((await api("PATCH", `/v1/workspaces/${workspace}`, { name: "Theirs" })).status).toBe(200)
  await page.route("**/v1/workspaces?*", (route) => route.abort())
  await page.getByRole("button", { name: "Save changes" }).click()
  await expect(page.getByText(/Theirs/).first()).toBeVisible()
  await expect(page.getByLabel("Name")).toHaveValue("Mine")
  await expectAccessible(page)
  await page.getByRole("button", { name: "Save changes" }).click()
  await expect(page.getByText("Saved", { exact: true }).first()).toBeVisible()
  expect((await api("GET", `/v1/workspaces/${workspace}`)).body.name).toBe("Mine")
})

test("the name changed in another tab: both are shown, and the person decides", async ({ page, request }) => {
  const { workspace, api } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/profile`)
  await page.getByLabel("Your name").fill("Mine")
  expect((await api("PATCH", "/v1/me", { display_name: "Theirs" })).status).toBe(200)
  await page.getByRole("button", { name: "Save changes" }).click()
  await expect(page.getByText(/Your name is now .Theirs./)).toBeVisible()
  await expect(page.getByLabel("Your name")).toHaveValue("Mine")
  await expectAccessible(page)
  await page.getByRole("button", { name: "Save changes" }).click()
  await expect(page.getByText("Saved", { exact: true }).first()).toBeVisible()
  expect((await api("GET", "/v1/me")).body.display_name).toBe("Mine")
})

test("an access token that ran out is renewed in silence, once for all who ask", async ({
  page,
  request,
}) => {
  const { workspace } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/profile`)
  await page.getByLabel("Your name").fill("Patient Ada")
  let refreshes = 0
  await page.route("**/v1/**", (route) => {
    // Not by the token itself: two of one second are the same.
    if (route.request().url().endsWith("/auth/refresh")) refreshes += 1
    if (refreshes > 0) return route.continue()
    return route.fulfill({
      status: 401,
      headers: { "content-type": "application/problem+json" },
      body: JSON.stringify({ type: "urn:troupe:problem:unauthenticated", title: "ended", status: 401 }),
    })
  })
  await page.getByRole("button", { name: "Save changes" }).click()
  await expect(page.getByText("Saved", { exact: true }).first()).toBeVisible()
  await expect(page.getByLabel("Your name")).toHaveValue("Patient Ada")
  await expect(page.getByRole("dialog")).toBeHidden()
  expect(refreshes).toBe(1)
})

test("a slow network: the page shows that it works, and takes one click for one", async ({
  page,
  request,
}) => {
  const { workspace, api } = await signUp(page, request)
  const held: (() => void)[] = []
  let slow = true
  await page.route("**/v1/workspaces/**", async (route) => {
    if (slow && !route.request().url().endsWith("/events"))
      await new Promise<void>((resolve) => held.push(resolve))
    await route.continue()
  })
  const release = () => {
    for (const go of held.splice(0)) go()
  }
  await page.goto(`/w/${workspace}/accounts`)
  // The frame stands, and what is on its way is sketched.
  await expect(page.getByRole("heading", { level: 1, name: "Accounts" })).toBeVisible()
  await expect(page.locator("[aria-busy=true]").first()).toBeVisible()
  await expectAccessible(page)
  await expect.poll(() => held.length).toBeGreaterThan(0)
  slow = false
  release()
  await expect(page.getByText("No accounts yet")).toBeVisible()
  await page.getByRole("button", { name: "Connect an account" }).click()
  await page.getByRole("button", { name: /Sandbox/ }).click()
  await page.getByLabel("Handle").fill("slow")
  slow = true
  const connect = page.getByRole("dialog").getByRole("button", { name: "Connect", exact: true })
  await connect.click()
  await expect(connect).toHaveAttribute("aria-busy", "true")
  await connect.click({ force: true })
  await page.getByLabel("Handle").press("Enter")
  await expect.poll(() => held.length).toBe(1)
  slow = false
  release()
  await expect(page.getByRole("link", { name: /Details of/ })).toBeVisible()
  expect((await api("GET", `/v1/workspaces/${workspace}/accounts`)).body.items).toHaveLength(1)
})
