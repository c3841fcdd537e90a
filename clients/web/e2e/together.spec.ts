import { expect, test } from "@playwright/test"
import { expectAccessible, expectLive, signUp } from "./people"

test("an invited person joins by the link, gets another role, and is removed", async ({
  page,
  browser,
  request,
}) => {
  const { workspace } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/members`)
  await page.getByRole("button", { name: "Invite someone" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByRole("radio", { name: /Viewer/ }).click()
  await dialog.getByRole("button", { name: "Create link" }).dblclick()
  const link = await dialog.getByRole("textbox", { name: "Invite link" }).inputValue()
  await expectAccessible(page)
  await page.keyboard.press("Escape")
  await expect(page.getByRole("button", { name: "Withdraw invite" })).toHaveCount(1)

  const elsewhere = await browser.newContext()
  const guest = await elsewhere.newPage()
  await guest.goto(link)
  await expect(guest.getByRole("heading", { level: 1 })).toHaveText("Create your account")
  await guest.getByLabel("Your name").fill("Grace")
  await guest.getByLabel("E-mail address").fill(`grace-${crypto.randomUUID()}@example.org`)
  await guest.getByLabel("Password", { exact: true }).fill("correct horse battery")
  await guest.getByLabel("Workspace name").fill("Of her own")
  await guest.getByRole("button", { name: "Create account" }).click()
  await guest.getByRole("button", { name: "Join" }).click()
  await expect(guest).toHaveURL(new RegExp(`/w/${workspace}$`))
  await expect(guest.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()

  // The owner sees her come, and makes her an admin; she may invite from then on without a reload.
  const role = page.getByRole("combobox", { name: "Role of Grace" })
  await expect(role).toHaveValue("viewer")
  await guest.goto(`/w/${workspace}/settings/members`)
  await expect(guest.getByRole("cell", { name: "Viewer" })).toBeVisible()
  await expect(guest.getByRole("button", { name: "Invite someone" })).toBeHidden()
  await expectLive(guest)
  await role.selectOption("admin")
  await expect(page.getByText("Grace is now Admin").first()).toBeVisible()
  await expect(guest.getByRole("button", { name: "Invite someone" })).toBeVisible()
  await expectAccessible(page)

  await page.getByRole("button", { name: "Remove Grace" }).click()
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click()
  await expect(role).toBeHidden()
  await guest.goto(`/w/${workspace}/posts`)
  await expect(guest.getByText("Page not found").first()).toBeAttached()
  await elsewhere.close()
})

test("a second workspace is made once, and one switches between both", async ({ page, request }) => {
  const { workspace, api } = await signUp(page, request)
  const open = () =>
    page
      .getByRole("button", { name: /^Workspace:/ })
      .filter({ visible: true })
      .click()
  await open()
  await page.getByRole("menuitem", { name: "New workspace" }).click()
  const dialog = page.getByRole("dialog", { name: "New workspace" })
  await dialog.getByLabel("Name").fill("Difference Club")
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Create workspace" }).dblclick()
  await expect(page).not.toHaveURL(new RegExp(workspace))
  await expect(page.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
  expect((await api("GET", "/v1/workspaces")).body.items).toHaveLength(2)
  await open()
  await page.getByRole("menuitemradio", { name: /Engines/ }).click()
  await expect(page).toHaveURL(new RegExp(workspace))
})

test("the dashboard turns from waiting to published, and counts it, by itself", async ({ page, request }) => {
  const { api, workspace } = await signUp(page, request)
  const at = `/v1/workspaces/${workspace}`
  const account = await api("POST", `${at}/accounts`, { platform: "sandbox", fields: { handle: "ada" } })
  const targets = [{ account_id: account.body.id }]
  const late = new Date(Date.now() + 3_600_000).toISOString()
  const post = await api("POST", `${at}/posts`, { text: "It weaves", targets, schedule: { at: late } })
  expect(post.status).toBe(201)
  await page.goto(`/w/${workspace}`)
  const panel = (name: string) => page.getByRole("region", { name })
  await expect(panel("Goes out next").getByText("It weaves")).toBeVisible()
  await expect(panel("Went out").getByText("Nothing went out in the last 24 hours")).toBeVisible()
  await expectLive(page)
  expect((await api("POST", `${at}/posts/${post.body.id}/publish-now`)).status).toBe(200)
  await expect(panel("Went out").getByText("It weaves")).toBeVisible({ timeout: 30_000 })
  await expect(panel("Goes out next").getByText("Nothing is scheduled")).toBeVisible()
  await expect(page.getByText("A post was published.")).toBeAttached()
  await expectAccessible(page)
})
