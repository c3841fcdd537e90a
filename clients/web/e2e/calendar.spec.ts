import { expect, test } from "@playwright/test"
import { expectAccessible, expectLive } from "./people"
import { begin, clockChange, fresh, inDays } from "./writer"

// Half a fade is no state to measure colours in.
test.use({ contextOptions: { reducedMotion: "reduce" } })

/** A day in the middle of the month after next: never cut off by the edge of a month. */
const day = (() => {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2, 15)).toISOString().slice(0, 10)
})()
const next = day.replace(/15$/, "16")

test("moves a post by dragging and by keyboard, and takes it back", async ({ page, isMobile }) => {
  test.skip(isMobile, "a phone has neither a pointer that drags nor an Alt key; see the next one")
  const { home, write, schedule, post } = await begin(page, { handles: [fresh("ada")], zone: "UTC" })
  const one = await schedule(await write("Wandering"), new Date(`${day}T09:30:00Z`))
  await page.goto(`${home}/calendar?day=${day}`)
  const cell = (on: string) => page.locator(`[data-day="${on}"]`).getByText("Wandering")
  const entry = page.getByRole("button", { name: /^09:30, Wandering/ })
  await entry.dragTo(page.locator(`[data-day="${next}"]`))
  await expect(page.getByText(/^Moved to/).first()).toBeVisible()
  await expect(cell(next)).toBeVisible()
  await expect.poll(async () => (await post(one.id)).scheduled_at).toBe(`${next}T09:30:00Z`)
  await page.getByRole("button", { name: "Undo" }).click()
  await expect(cell(day)).toBeVisible()
  await entry.focus()
  await page.keyboard.press("Alt+ArrowRight")
  await expect(cell(next)).toBeVisible()
  await page.keyboard.press("Alt+ArrowDown")
  await expect(cell(day.replace(/15$/, "23"))).toBeVisible()
  await page.reload()
  await expect(cell(day.replace(/15$/, "23"))).toBeVisible()
  await expectAccessible(page)
  await entry.focus()
  await page.keyboard.press("m")
  const dialog = page.getByRole("dialog", { name: "Move to another time" })
  await dialog.getByLabel("Time").fill("18:45")
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Move" }).click()
  await expect(page.getByRole("button", { name: /^18:45, Wandering/ })).toBeFocused()
  await page.keyboard.press("Alt+ArrowUp")
  await expect(cell(next)).toBeVisible()
  await page.getByRole("tab", { name: "Week" }).click()
  // The entry of the month has the same name, and goes with it.
  await expect(page.locator(`[data-cell="${next}T18"]`).getByText("Wandering")).toBeVisible()
  await page.getByRole("button", { name: /^18:45, Wandering/ }).focus()
  await page.keyboard.press("Alt+ArrowDown")
  await expect(page.locator(`[data-cell="${next}T19"]`).getByText("Wandering")).toBeVisible()
})

test("every view shows it, moved by the dialog of the post", async ({ page }) => {
  const { home, write, schedule, post } = await begin(page, { handles: [fresh("ada")], zone: "UTC" })
  const one = await schedule(await write("By finger"), new Date(`${day}T09:30:00Z`))
  await page.goto(`${home}/calendar?day=${day}`)
  await expect(page.locator(`[data-day="${day}"]`)).toContainText(/By finger|1/)
  await expectAccessible(page)
  for (const view of ["Week", "Day", "List"]) {
    await page.getByRole("tab", { name: view }).click()
    await expect(page.getByRole("button", { name: /^09:30, By finger/ })).toBeVisible()
    await expectAccessible(page)
  }
  await page.getByRole("button", { name: /^09:30, By finger/ }).click()
  await page.getByRole("button", { name: "Reschedule" }).click()
  await page.getByRole("dialog").getByLabel("Date").fill(next)
  await page.getByRole("dialog").getByRole("button", { name: "Move" }).click()
  await expect(page.getByText(/^Scheduled for/).first()).toBeVisible()
  expect((await post(one.id)).scheduled_at).toBe(`${next}T09:30:00Z`)
})

test("shows what others plan at once, filtered by account and state", async ({ page }) => {
  const [one, two] = [fresh("mill"), fresh("store")]
  const { home, write, schedule, accounts, api } = await begin(page, { handles: [one, two], zone: "UTC" })
  await page.goto(`${home}/calendar?view=list&day=${day}`)
  await expect(page.getByText("Nothing is planned here")).toBeVisible()
  await expectLive(page)
  const to = (handle: string) => ({ targets: [{ account_id: accounts.get(handle) }] })
  await schedule(await write("From the mill", to(one)), new Date(`${day}T09:00:00Z`))
  await expect(page.getByRole("button", { name: /From the mill/ })).toBeVisible()
  const other = await schedule(await write("From the store", to(two)), new Date(`${day}T10:00:00Z`))
  await expect(page.getByRole("button", { name: /From the store/ })).toBeVisible()
  await page.getByLabel("Account", { exact: true }).selectOption({ label: `${one} (Sandbox)` })
  await expect(page.getByRole("button", { name: /From the store/ })).toBeHidden()
  await expect(page.getByRole("button", { name: /From the mill/ })).toBeVisible()
  await page.getByLabel("Account", { exact: true }).selectOption("")
  expect(
    (await api("POST", `/posts/${other.id}/cancel`, undefined, { "if-match": `"v${other.version}"` })).status,
  ).toBe(200)
  await page.getByLabel("State").selectOption("cancelled")
  await expect(page.getByRole("button", { name: /From the store/ })).toBeVisible()
  await expect(page.getByRole("button", { name: /From the mill/ })).toBeHidden()
  await expectAccessible(page)
})

test("asks where the clocks are set, and shows the hour that is missing", async ({ page, isMobile }) => {
  test.skip(isMobile, "moved by keyboard")
  const gap = clockChange(3)
  const before = new Date(Date.parse(`${gap}T01:30:00Z`) - 86_400_000)
  const { home, write, schedule, post } = await begin(page, { handles: [fresh("ada")] })
  const one = await schedule(await write("Into the gap"), before)
  await page.goto(`${home}/calendar?view=week&day=${gap}`)
  await expect(page.locator(`[data-cell="${gap}T01"]`)).toContainText("does not exist")
  await page.goto(`${home}/calendar?day=${gap}`)
  await page.getByRole("button", { name: /^01:30, Into the gap/ }).focus()
  await page.keyboard.press("Alt+ArrowRight")
  const dialog = page.getByRole("dialog", { name: "Move to another time" })
  await expect(dialog).toBeVisible()
  await dialog.getByRole("button", { name: "Move" }).click()
  await expect(dialog).toBeHidden()
  expect((await post(one.id)).scheduled_at).toBe(`${gap}T01:00:00Z`)
})

test("what was moved by someone else meanwhile stays where they put it, and says so", async ({
  page,
  isMobile,
}) => {
  test.skip(isMobile, "moved by keyboard")
  const { home, write, schedule, api, post } = await begin(page, { handles: [fresh("ada")], zone: "UTC" })
  const one = await schedule(await write("Contended"), new Date(`${day}T09:30:00Z`))
  await page.goto(`${home}/calendar?day=${day}`)
  const entry = page.getByRole("button", { name: /^09:30, Contended/ })
  await entry.waitFor()
  let rival = false
  await page.route("**/schedule", async (route) => {
    if (rival) return route.continue()
    rival = true
    const at = { at: `${inDays(30)}T07:00:00Z` }
    await api("POST", `/posts/${one.id}/schedule`, at, { "if-match": `"v${one.version}"` })
    await route.continue()
  })
  await entry.focus()
  await page.keyboard.press("Alt+ArrowRight")
  await expect(page.getByText(/changed/i).first()).toBeVisible()
  expect((await post(one.id)).scheduled_at).toBe(`${inDays(30)}T07:00:00Z`)
})
