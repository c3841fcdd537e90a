import AxeBuilder from "@axe-core/playwright"
import { expect, type Page, test } from "@playwright/test"

/** A new person with the sandbox connected. Answers the address of their workspace. */
async function begin(page: Page): Promise<string> {
  await page.goto("/sign-up")
  await page.getByLabel("Your name").fill("Ada")
  await page.getByLabel("E-mail address").fill(`ada-${crypto.randomUUID()}@example.org`)
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery")
  await page.getByLabel("Workspace name").fill("Engines")
  await page.getByRole("button", { name: "Create account" }).click()
  await page.getByRole("button", { name: "Connect sandbox" }).click()
  await expect(page.getByText("Connected as ada")).toBeVisible()
  return new URL(page.url()).pathname.replace(/\/welcome$/, "")
}

async function write(page: Page, text: string) {
  const box = page.getByLabel("Text for all accounts")
  await box.fill(text)
  await expect(page.getByText("Saved", { exact: true })).toBeVisible()
}

/** Fills the dialog with a wall-clock time some days ahead. */
async function choose(page: Page, days: number, time: string): Promise<string> {
  const at = new Date(Date.now() + days * 86_400_000)
  const date = at.toISOString().slice(0, 10)
  await page.getByLabel("Date").fill(date)
  await page.getByLabel("Time").fill(time)
  return date
}

test("writes, publishes, watches it turn published, and reads its story", async ({ page }) => {
  const home = await begin(page)
  await page.goto(`${home}/compose`)
  await write(page, "The engine weaves algebraic patterns. https://example.org/notes")
  // A reload comes back to the same draft.
  await page.reload()
  await expect(page.getByLabel("Text for all accounts")).toHaveValue(/algebraic patterns/)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.getByRole("button", { name: "Publish now" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Post" })).toBeVisible()
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible()
  const story = page.getByRole("list", { name: /What happened/ })
  await expect(story.getByText("Published", { exact: true }).first()).toBeVisible({ timeout: 40_000 })
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
})

test("takes back what was published a moment ago", async ({ page }) => {
  const home = await begin(page)
  await page.goto(`${home}/compose`)
  await write(page, "Not yet")
  await page.getByRole("button", { name: "Publish now" }).click()
  await page.getByRole("button", { name: "Undo" }).click()
  await expect(page.getByText("Taken back: it is a draft again")).toBeVisible()
  await expect(page.getByLabel("Text for all accounts")).toHaveValue("Not yet")
})

test("schedules, and moves it in the calendar by dragging and by keyboard", async ({ page, isMobile }) => {
  test.skip(
    isMobile,
    "a phone has neither a pointer that drags nor an Alt key; it moves by the dialog of the post",
  )
  const home = await begin(page)
  await page.goto(`${home}/compose`)
  await write(page, "Wandering")
  await page.getByRole("button", { name: "Schedule", exact: true }).click()
  const date = await choose(page, 20, "09:30")
  await page.getByRole("dialog").getByRole("button", { name: "Schedule" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Post" })).toBeVisible()

  await page.goto(`${home}/calendar?day=${date}`)
  const entry = page.getByRole("button", { name: /^09:30, Wandering/ })
  const other = new Date(Date.parse(`${date}T00:00Z`) + 86_400_000).toISOString().slice(0, 10)
  const target = page.locator(`[data-day="${other}"]`)
  await entry.dragTo(target)
  await expect(page.getByText(/^Moved to/).first()).toBeVisible()
  await expect(target.getByText("Wandering")).toBeVisible()
  await entry.focus()
  await page.keyboard.press("Alt+ArrowLeft")
  await expect(page.locator(`[data-day="${date}"]`).getByText("Wandering")).toBeVisible()
  // The node has it so, too.
  await page.reload()
  await expect(page.locator(`[data-day="${date}"]`).getByText("Wandering")).toBeVisible()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
})

test("keeps what is typed while the connection is away", async ({ page, context }) => {
  const home = await begin(page)
  await page.goto(`${home}/compose`)
  await write(page, "Before the tunnel")
  await context.setOffline(true)
  await page.getByLabel("Text for all accounts").fill("Before the tunnel, and inside")
  await expect(page.getByText(/Kept on this device/)).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByText("Saved", { exact: true })).toBeVisible({ timeout: 15_000 })
  await page.reload()
  await expect(page.getByLabel("Text for all accounts")).toHaveValue("Before the tunnel, and inside")
})
