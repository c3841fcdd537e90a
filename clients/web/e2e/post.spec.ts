import { expect, type Page, test } from "@playwright/test"
import { expectAccessible, expectLive } from "./people"
import { begin, fresh, inDays, textBox, write } from "./writer"

// Half a fade is no state to measure colours in.
test.use({ contextOptions: { reducedMotion: "reduce" } })

const story = (page: Page) => page.getByRole("list", { name: /What happened/ })
const heading = (page: Page) => page.getByRole("heading", { level: 1, name: "Post" })
/** The state of the whole post, beside its title. */
const state = (page: Page, word: string) => page.locator("[data-post-state]").getByText(word, { exact: true })
const slow = { timeout: 60_000 }

test("publishes now, turns published before one's eyes, and leads to it", async ({ page }) => {
  const handle = fresh("ada")
  const { home, posts } = await begin(page, { handles: [handle] })
  await page.goto(`${home}/compose`)
  await write(page, "The engine weaves algebraic patterns. https://example.org/notes")
  await page.getByRole("button", { name: "Publish now" }).dblclick()
  await expect(heading(page)).toBeVisible()
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible()
  await expect(state(page, "Scheduled")).toBeVisible()
  await expectAccessible(page)
  // Nothing is touched from here on: the stream of the node does it.
  await expect(state(page, "Published")).toBeVisible(slow)
  await expect(story(page).getByText("Published", { exact: true }).first()).toBeVisible()
  await expectAccessible(page)
  expect(await posts()).toHaveLength(1)
  const [tab] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("link", { name: "Open on Sandbox" }).click(),
  ])
  await expect(tab.getByText("The engine weaves algebraic patterns.")).toHaveCount(1)
})

test("takes back what was published a moment ago", async ({ page }) => {
  const { home, posts } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await write(page, "Not yet")
  await page.getByRole("button", { name: "Publish now" }).click()
  await page.getByRole("button", { name: "Undo" }).click()
  await expect(page.getByText("Taken back: it is a draft again", { exact: true })).toBeVisible()
  await expect(textBox(page)).toHaveValue("Not yet")
  expect((await posts()).map((one) => one.state)).toEqual(["draft"])
})

test("a scheduled post leaves at its time in the list that is open, too", async ({ page }) => {
  const { home, write: add, schedule } = await begin(page, { handles: [fresh("ada")] })
  const post = await add("On the minute")
  await schedule(post, new Date(Date.now() + 6_000))
  await page.goto(`${home}/posts`)
  await expectLive(page)
  const row = page.getByRole("listitem").filter({ hasText: "On the minute" })
  await expect(row.getByText("Published", { exact: true })).toBeVisible(slow)
  await expectAccessible(page)
  await row.getByRole("link", { name: "On the minute" }).click()
  await expect(page.getByText(/after its time|On time/)).toBeVisible()
})

test("a lost answer asks a person, who found it", async ({ page }) => {
  const { home, connect, write: add, api, post } = await begin(page, { handles: [] })
  await connect(fresh("lost"), "html")
  const one = await add("Is it there?")
  await page.goto(`${home}/posts/${one.id}`)
  await expectLive(page)
  expect((await api("POST", `/posts/${one.id}/publish-now`)).status).toBe(200)
  await expect(page.getByText(/The answer of the network was lost/)).toBeVisible(slow)
  await expectAccessible(page)
  await page.getByRole("button", { name: "It is published" }).click()
  const dialog = page.getByRole("dialog", { name: "Mark as published" })
  await dialog.getByLabel(/Link to it/).fill("no link")
  await dialog.getByRole("button", { name: "Mark as published" }).click()
  await expect(dialog.getByText("A link begins with http:// or https://.")).toBeVisible()
  await expectAccessible(page)
  await dialog.getByLabel(/Link to it/).fill("https://example.org/found")
  await dialog.getByRole("button", { name: "Mark as published" }).click()
  await expect(state(page, "Published")).toBeVisible()
  await expect(story(page).getByText("A member found it on the network")).toBeVisible()
  await expect(page.getByRole("link", { name: "Open on Sandbox" })).toHaveAttribute(
    "href",
    "https://example.org/found",
  )
  expect((await post(one.id)).deliveries[0]?.permalink).toBe("https://example.org/found")
  await expectAccessible(page)
})

test("a lost answer asks a person, who did not find it: it is sent again", async ({ page }) => {
  const handle = fresh("lost")
  const { home, connect, write: add, api } = await begin(page, { handles: [] })
  await connect(handle, "garbage")
  const one = await add("Is it not there?")
  await api("POST", `/posts/${one.id}/publish-now`)
  await page.goto(`${home}/posts/${one.id}`)
  await expect(page.getByRole("button", { name: "It is not there: send it" })).toBeVisible(slow)
  await connect(handle)
  await page.getByRole("button", { name: "It is not there: send it" }).click()
  const sure = page.getByRole("alertdialog")
  await expectAccessible(page)
  await sure.getByRole("button", { name: "Send again" }).click()
  await expect(state(page, "Published")).toBeVisible(slow)
  await expect(story(page).getByText("A member found that it is not there")).toBeVisible()
})

test("a refusal says why, and a second try publishes it", async ({ page }) => {
  const handle = fresh("picky")
  const { home, connect, write: add, api } = await begin(page, { handles: [] })
  await connect(handle, "reject")
  const one = await add("Liked here?")
  await page.goto(`${home}/posts/${one.id}`)
  await expectLive(page)
  await api("POST", `/posts/${one.id}/publish-now`)
  await expect(page.getByText("The network does not take this content.")).toBeVisible(slow)
  await expect(page.getByText(/The sandbox refused the content/).first()).toBeVisible()
  await expectAccessible(page)
  await connect(handle)
  await page.getByRole("button", { name: "Send again" }).dblclick()
  await expect(state(page, "Published")).toBeVisible(slow)
  await expect(story(page).getByText("Sent again by a member")).toHaveCount(1)
})

test("an access that was taken back leads to reconnecting", async ({ page }) => {
  const { home, connect, write: add, api } = await begin(page, { handles: [] })
  await connect(fresh("gone"), "reconnect")
  const one = await add("Locked out")
  await api("POST", `/posts/${one.id}/publish-now`)
  await page.goto(`${home}/posts/${one.id}`)
  await expect(page.getByRole("link", { name: "Reconnect account" })).toBeVisible(slow)
  await expectAccessible(page)
  await page.getByRole("link", { name: "Reconnect account" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Accounts" })).toBeVisible()
})

test("takes a post off the schedule, cancels and deletes it", async ({ page }) => {
  const { home, write: add, schedule, post, api } = await begin(page, { handles: [fresh("ada")] })
  const one = await add("Perhaps later")
  await schedule(one, new Date(`${inDays(9)}T12:00:00Z`))
  await page.goto(`${home}/posts/${one.id}`)
  const pick = async (deed: string) => {
    await page.getByRole("button", { name: "Actions" }).click()
    await expectAccessible(page)
    await page.getByRole("menuitem", { name: deed }).click()
    await expect(page.getByRole("alertdialog")).toBeVisible()
    await expectAccessible(page)
    await page.getByRole("alertdialog").getByRole("button", { name: deed }).click()
  }
  await pick("Take off the schedule")
  await expect(state(page, "Draft")).toBeVisible()
  await schedule(await post(one.id), new Date(`${inDays(9)}T12:00:00Z`))
  await expect(state(page, "Scheduled")).toBeVisible()
  await pick("Cancel post")
  await expect(state(page, "Cancelled")).toBeVisible()
  await expectAccessible(page)
  await pick("Delete")
  await expect(page.getByText("No posts yet")).toBeVisible()
  expect((await api("GET", `/posts/${one.id}`)).status).toBe(404)
})

test("finds posts by state and account, and cancels several at once", async ({ page }) => {
  const [one, two] = [fresh("mill"), fresh("store")]
  const { home, write: add, schedule, accounts, posts } = await begin(page, { handles: [one, two] })
  const to = (handle: string) => ({ targets: [{ account_id: accounts.get(handle) }] })
  for (const text of ["Monday", "Tuesday"])
    await schedule(await add(text, to(one)), new Date(`${inDays(9)}T12:00:00Z`))
  await add("A draft", to(two))
  await page.goto(`${home}/posts`)
  const rows = page.getByRole("listitem").filter({ has: page.getByRole("checkbox") })
  await expect(rows).toHaveCount(3)
  await page.getByLabel("State").selectOption("draft")
  await expect(rows).toHaveCount(1)
  await page.getByLabel("State").selectOption("failed")
  await expect(page.getByText("No post fits these filters")).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Clear filters" }).click()
  await page.getByLabel("Account", { exact: true }).selectOption({ label: `${one} (Sandbox)` })
  await expect(rows).toHaveCount(2)
  for (const text of ["Monday", "Tuesday"]) await page.getByLabel(`Select “${text}”`).check()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Cancel selected" }).click()
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel selected" }).click()
  await expect(page.getByText("2 posts cancelled").first()).toBeVisible()
  expect((await posts()).map((post) => post.state).sort()).toEqual(["cancelled", "cancelled", "draft"])
})
