import { expect, type Page, test } from "@playwright/test"
import { expectAccessible, signUp } from "./people"

/** Nothing may stick out at the side, on any width. */
async function expectNoSidewaysScroll(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
}

test("name, password and sessions: a change of password ends the others", async ({
  page,
  request,
  browser,
}) => {
  const { workspace, email, password } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/profile`)
  await page.getByLabel("Your name").fill("Ada King")
  await page.getByRole("button", { name: "Save changes" }).dblclick()
  await expect(page.getByText("Saved", { exact: true }).first()).toBeVisible()
  await expect(page.getByText(/changed elsewhere/)).toBeHidden()
  await expectAccessible(page)

  const elsewhere = await browser.newContext()
  const other = await elsewhere.newPage()
  const enter = async (secret: string) => {
    await other.goto("/sign-in")
    await other.getByLabel("E-mail address").fill(email)
    await other.getByLabel("Password", { exact: true }).fill(secret)
    await other.getByRole("button", { name: "Sign in" }).click()
  }
  await enter(password)
  await expect(other.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()

  await page.goto(`/w/${workspace}/settings/security`)
  const end = page.getByRole("button", { name: "End session" })
  // The other browser's, and that of the API in the background.
  await expect(end).toHaveCount(2)
  await expect(page.getByText("This session")).toHaveCount(1)
  await end.first().click()
  await page.getByRole("alertdialog").getByRole("button", { name: "End session" }).click()
  await expect(page.getByText("Session ended").first()).toBeVisible()
  await expect(end).toHaveCount(1)
  await expectAccessible(page)

  await page.getByLabel("Current password", { exact: true }).fill("wrong horse battery")
  await page.getByLabel("New password", { exact: true }).fill("staple of horses")
  await page.getByRole("button", { name: "Change password" }).click()
  await expect(page.getByText("This is not your current password.")).toBeVisible()
  await expect(page.getByLabel("New password", { exact: true })).toHaveValue("staple of horses")
  await page.getByLabel("Current password", { exact: true }).fill(password)
  await page.getByRole("button", { name: "Change password" }).dblclick()
  await expect(page.getByText("Password changed").first()).toBeVisible()
  await expect(end).toHaveCount(0)
  await enter(password)
  await expect(other.getByText("E-mail address or password is wrong.")).toBeVisible()
  await enter("staple of horses")
  await expect(other.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
  await elsewhere.close()
  await page.reload()
  await expect(page.getByRole("heading", { level: 1, name: "Security" })).toBeAttached()
})

test("theme and language are kept over a reload, in German too", async ({ page, request }) => {
  const { workspace } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/appearance`)
  await page.getByRole("radio", { name: "Dark" }).click()
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark")
  await expectAccessible(page)
  await page.getByRole("radio", { name: "Deutsch" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Darstellung" })).toBeAttached()
  await page.reload()
  await expect(page.locator("html")).toHaveAttribute("lang", "de")
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark")
  for (const path of ["", "/accounts", "/settings/members", "/operations", "/welcome"]) {
    await page.goto(`/w/${workspace}${path}`)
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached()
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
  }
})

test("the workspace's name and zone are everyone's", async ({ page, request }) => {
  const { workspace, api } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/workspace`)
  await page.getByLabel("Name").fill("Analytical Engines")
  await page.getByLabel("Time zone").selectOption("Asia/Tokyo")
  await page.getByRole("button", { name: "Save changes" }).click()
  await expect(page.getByText("Saved", { exact: true }).first()).toBeVisible()
  const { body } = await api("GET", `/v1/workspaces/${workspace}`)
  expect([body.name, body.time_zone]).toEqual(["Analytical Engines", "Asia/Tokyo"])
  await expectAccessible(page)
})

test("right to left, every page mirrors and nothing sticks out", async ({ page, request, isMobile }) => {
  const { workspace } = await signUp(page, request)
  for (const path of [
    "",
    "/accounts",
    "/settings/security",
    "/settings/members",
    "/operations",
    "/welcome",
  ]) {
    await page.goto(`/w/${workspace}${path}`)
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached()
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0)
    await page.evaluate(() => {
      document.documentElement.dir = "rtl"
    })
    await expectNoSidewaysScroll(page)
    if (process.env.E2E_PICTURES) {
      const name = path.replaceAll("/", "-")
      await page.screenshot({ path: `shots/rtl${name}${isMobile ? "-phone" : ""}.png`, fullPage: true })
    }
  }
  if (!isMobile) {
    const box = await page.getByRole("navigation", { name: "Main" }).filter({ visible: true }).boundingBox()
    expect(box?.x).toBeGreaterThan(640)
  }
})
