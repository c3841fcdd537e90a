import { execFileSync } from "node:child_process"
import { expect, test } from "@playwright/test"
import { expectAccessible, expectLive, signUp } from "./people"

test("from signing up over the sandbox to a post that is published before one's eyes", async ({
  page,
  request,
}) => {
  await signUp(page, request)
  await expectAccessible(page)
  await page.getByRole("button", { name: "Connect sandbox" }).click()
  await page.getByRole("button", { name: "Publish now" }).click()
  await expect(page.getByText("Published", { exact: true })).toBeVisible({ timeout: 30_000 })
  await expectAccessible(page)
  await page.getByRole("link", { name: "Go to the dashboard" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
  await expect(page.getByText("Hello, world. Our first post with Troupe!").first()).toBeVisible()
  await expectAccessible(page)
  // The session survives a reload: the cookie brings a new access token, and no script can read it.
  await page.reload()
  await expect(page.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
  expect(await page.evaluate(() => document.cookie)).toBe("")
})

test("what happens elsewhere shows up by itself", async ({ page, request }) => {
  const { api, workspace } = await signUp(page, request)
  await page.goto(`/w/${workspace}/accounts`)
  await expect(page.getByText("No accounts yet")).toBeVisible()
  await expectLive(page)
  const { body } = await api("POST", `/v1/workspaces/${workspace}/accounts`, {
    platform: "sandbox",
    fields: { handle: "from.elsewhere" },
  })
  await expect(page.getByRole("link", { name: /Details of/ })).toBeVisible()
  await api("POST", `/v1/workspaces/${workspace}/accounts/${body.id}/pause`)
  await expect(page.getByText("Held back. Nothing goes out until you resume it.")).toBeVisible()
})

test("an account is connected once by a double click, checked, paused, resumed and disconnected", async ({
  page,
  request,
}) => {
  const { api, workspace } = await signUp(page, request)
  await page.goto(`/w/${workspace}/accounts`)
  await page.getByRole("button", { name: "Connect an account" }).click()
  await expectAccessible(page)
  await page.getByRole("button", { name: /Sandbox/ }).click()
  await page.getByLabel("Handle").fill("not a handle")
  await page.getByRole("button", { name: "Connect", exact: true }).click()
  await expect(page.getByLabel("Handle")).toHaveAttribute("aria-invalid", "true")
  await expectAccessible(page)
  await page.getByLabel("Handle").fill("grace")
  await page.getByRole("button", { name: "Connect", exact: true }).dblclick()
  await page.getByRole("link", { name: /Details of/ }).click()
  await expect(page.getByText("What the network can do")).toBeVisible()
  const { body } = await api("GET", `/v1/workspaces/${workspace}/accounts`)
  expect(body.items).toHaveLength(1)
  await expectAccessible(page)
  await page.getByRole("button", { name: "Check now" }).click()
  await expect(page.getByText("Checked: the network lets us in").first()).toBeVisible()
  await page.getByRole("button", { name: "Pause" }).click()
  await page.getByRole("button", { name: "Resume" }).click()
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible()
  await page.getByRole("button", { name: "Disconnect" }).click()
  await page.getByRole("alertdialog").getByRole("button", { name: "Disconnect" }).click()
  await expect(page.getByText("Its access was erased. What was published stays listed.")).toBeVisible()
})

test("a double click publishes once", async ({ page, request }) => {
  const { api, workspace } = await signUp(page, request)
  await page.getByRole("button", { name: "Connect sandbox" }).dblclick()
  await page.getByRole("button", { name: "Publish now" }).dblclick()
  await expect(page.getByText("Published", { exact: true })).toBeVisible({ timeout: 30_000 })
  const posts = await api("GET", `/v1/workspaces/${workspace}/posts`)
  expect(posts.body.items).toHaveLength(1)
  const accounts = await api("GET", `/v1/workspaces/${workspace}/accounts`)
  expect(accounts.body.items).toHaveLength(1)
})

test("signing out ends the session here and in the other tab", async ({ page, context, request }) => {
  const { workspace } = await signUp(page, request)
  const other = await context.newPage()
  await other.goto(`/w/${workspace}`)
  await expect(other.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
  await page
    .getByRole("button", { name: /^Account:/ })
    .filter({ visible: true })
    .click()
  await page.getByRole("menuitem", { name: "Sign out" }).click()
  for (const tab of [page, other])
    await expect(tab.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible()
  await expectAccessible(page)
  await page.goto(`/w/${workspace}`)
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible()
})

test("an operator walks the tree by keyboard down to an entity; nobody else sees it", async ({
  page,
  request,
}) => {
  const { email, workspace } = await signUp(page, request)
  const { E2E_PROGRAM: program = "troupe", E2E_CONFIG: config = "" } = process.env
  execFileSync(program, ["users", "operator", email, "off", "--config", config])
  await page.goto(`/w/${workspace}/operations`)
  await expect(page.getByRole("heading", { level: 1, name: "Page not found" })).toBeAttached()
  execFileSync(program, ["users", "operator", email, "on", "--config", config])
  await page.reload()
  await page.getByRole("tree").focus()
  await page.keyboard.press("ArrowDown")
  await expect(page.getByRole("treeitem", { name: /^users/ })).toBeVisible()
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key)
  await expect(page.getByRole("treeitem", { level: 4 }).first()).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press("ArrowRight")
  await page.keyboard.press("Enter")
  await expect(page.getByRole("dialog").getByText("Messages handled")).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press("Escape")
  await expect(page.getByRole("tree")).toBeFocused()
  for (const [tab, words] of [
    ["Quarantine", "Nothing is in quarantine"],
    ["Nodes", "answers now"],
    ["Shards", "all owned"],
  ] as const) {
    await page.getByRole("tab", { name: tab }).click()
    await expect(page.getByText(words)).toBeVisible()
    await expectAccessible(page)
  }
})
