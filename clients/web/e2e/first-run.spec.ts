import AxeBuilder from "@axe-core/playwright"
import { expect, test } from "@playwright/test"

test("from signing up over the sandbox to a published post", async ({ page }) => {
  await page.goto("/sign-up")
  await page.getByLabel("Your name").fill("Ada")
  await page.getByLabel("E-mail address").fill(`ada-${crypto.randomUUID()}@example.org`)
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery")
  await page.getByLabel("Workspace name").fill("Engines")
  await page.getByRole("button", { name: "Create account" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Welcome, Ada" })).toBeVisible()
  await page.getByRole("button", { name: "Connect sandbox" }).click()
  await page.getByRole("button", { name: "Publish now" }).click()
  await expect(page.getByText("Published", { exact: true })).toBeVisible({ timeout: 30_000 })
  await page.getByRole("link", { name: "Go to the dashboard" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  // The session survives a reload: the cookie brings a new access token.
  await page.reload()
  await expect(page.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible()
})
