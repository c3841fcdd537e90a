import { expect, type Page, test } from "@playwright/test"
import { expectAccessible } from "./people"
import { begin, choose, clockChange, expectSaved, fresh, inDays, png, textBox, write } from "./writer"

// Half a fade is no state to measure colours in.
test.use({ contextOptions: { reducedMotion: "reduce" } })

const teal = png(640, 360, [
  [11, 97, 114],
  [223, 240, 242],
])
const rust = png(360, 640, [
  [232, 115, 58],
  [28, 27, 25],
])

/** Files that come with a drop or a paste: the browser makes them inside of the page. */
async function hand(page: Page, how: "drop" | "paste", name: string, bytes: Buffer) {
  const files = await page.evaluateHandle(
    ({ name, base64 }) => {
      const transfer = new DataTransfer()
      const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      transfer.items.add(new File([raw], name, { type: "image/png" }))
      return transfer
    },
    { name, base64: bytes.toString("base64") },
  )
  if (how === "drop") {
    const target = page.getByText("Drop them here, paste them, or pick files.")
    await target.dispatchEvent("dragover", { dataTransfer: files })
    await page.getByText("Drop to add").dispatchEvent("drop", { dataTransfer: files })
  } else
    await textBox(page).evaluate((box, clipboardData) => {
      box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
    }, files)
}

test("writes to two accounts, one with a version of its own, within the limits of each", async ({ page }) => {
  const [one, two] = [fresh("mill"), fresh("store")]
  const { home, api, posts, accounts } = await begin(page, { handles: [one, two] })
  const limits = (await api("GET", `/accounts/${accounts.get(one)}`)).body.limits as { max_text: number }
  await page.goto(`${home}/compose`)
  for (const handle of [one, two]) await page.getByRole("button", { name: new RegExp(`^${handle}`) }).click()
  // One letter too many, of the kind that only graphemes count as one.
  await textBox(page).fill("👩‍🚀".repeat(limits.max_text + 1))
  await expect(page.getByText("1 too many")).toBeVisible()
  await expect(page.getByText(new RegExp(`${one}: ${limits.max_text + 1} characters`))).toBeVisible()
  await expectSaved(page)
  await page.getByRole("button", { name: "Publish now" }).click()
  await expect(page.getByText(/things? to mend/).first()).toBeVisible()
  expect((await posts()).map(({ state }) => state)).toEqual(["draft"])
  await expectAccessible(page)

  await write(page, "The mill works on what the store holds.")
  await page
    .getByRole("tablist", { name: "Version for" })
    .getByRole("tab", { name: new RegExp(two) })
    .click()
  await page.getByRole("button", { name: "Write an own version" }).click()
  await page.getByLabel(`Text for ${two}`).fill("The store feeds the mill.")
  await expectSaved(page)
  await expect(
    page.getByRole("region", { name: "Preview" }).getByText("The store feeds the mill."),
  ).toBeVisible()
  await expectAccessible(page)
  const [post] = await posts()
  expect(new Set(post?.deliveries.map(({ text }) => text))).toEqual(
    new Set(["The mill works on what the store holds.", "The store feeds the mill."]),
  )
})

test("images by picking, pasting and dropping, with what they show, in an order of one's own", async ({
  page,
}) => {
  const { home, posts, post } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await write(page, "Three pictures")
  // The first try of the first one is cut: it stays, says so and takes a second try.
  let cut = 0
  await page.route("**/media", (route) => {
    cut += 1
    return cut === 1 ? route.abort("connectionreset") : route.continue()
  })
  await page
    .getByLabel("Add images")
    .last()
    .setInputFiles({ name: "teal.png", mimeType: "image/png", buffer: teal })
  await expect(page.getByRole("alert").filter({ hasText: "Not uploaded" })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Upload again" }).click()
  await expect(page.getByLabel("Alternative text")).toHaveCount(1)
  await hand(page, "paste", "rust.png", rust)
  await expect(page.getByLabel("Alternative text")).toHaveCount(2)
  await hand(page, "drop", "small.png", png(80, 80, [[20, 120, 60]]))
  await expect(page.getByLabel("Alternative text")).toHaveCount(3)
  for (const [at, alt] of ["Teal stripes", "Rust stripes", "Green"].entries())
    await page.getByLabel("Alternative text").nth(at).fill(alt)
  await page.getByRole("button", { name: "Move image 3 forward" }).click()
  await page.getByRole("button", { name: "Remove image 1" }).click()
  await expectSaved(page)
  await expectAccessible(page)
  const [saved] = await posts()
  expect(saved?.media.map(({ alt }) => alt)).toEqual(["Green", "Rust stripes"])
  // What is no image is refused by name, and nothing else is lost.
  await page
    .getByLabel("Add images")
    .last()
    .setInputFiles({ name: "notes.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF") })
  await expect(page.getByText("notes.pdf: only PNG, JPEG, GIF and WebP.").first()).toBeVisible()
  expect((await post(saved?.id ?? "")).media).toHaveLength(2)
  await page.reload()
  await expect(
    page.getByRole("region", { name: "Preview" }).getByRole("img", { name: "Green" }),
  ).toBeVisible()
})

test("an upload shows how far it is, and holds back what would leave without it", async ({
  page,
  context,
}) => {
  const { home } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await write(page, "Slowly")
  const slow = await context.newCDPSession(page)
  await slow.send("Network.enable")
  await slow.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 60_000,
  })
  const noise = png(
    1200,
    900,
    Array.from({ length: 997 }, (_, at) => [at % 251, (at * 7) % 241, (at * 13) % 239]),
  )
  const big = Buffer.concat([noise, Buffer.alloc(400_000)])
  await page
    .getByLabel("Add images")
    .last()
    .setInputFiles({ name: "big.png", mimeType: "image/png", buffer: big })
  const bar = page.getByRole("progressbar", { name: "Uploading big.png" })
  await expect(bar).toBeVisible()
  await expect.poll(async () => Number(await bar.getAttribute("aria-valuenow"))).toBeGreaterThan(0)
  await page.getByRole("button", { name: "Publish now" }).click()
  await expect(page.getByText("Wait for the images, or remove those that failed.").first()).toBeVisible()
  await expectAccessible(page)
  await slow.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: -1,
  })
  await expect(page.getByLabel("Alternative text")).toHaveCount(1, { timeout: 60_000 })
})

test("links, mentions and tags stand out in the preview", async ({ page }) => {
  const { home } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await textBox(page).fill("Notes at https://example.org/notes by @grace #engines <b>not bold</b>")
  const preview = page.getByRole("region", { name: "Preview" })
  for (const piece of ["https://example.org/notes", "@grace", "#engines"])
    await expect(preview.getByText(piece, { exact: true })).toHaveClass(/text-accent/)
  await expect(preview.getByText("<b>not bold</b>")).toBeVisible()
})

test("what the server never got is offered again", async ({ page }) => {
  const { home } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await expect(textBox(page)).toBeVisible() // what the page asks for while it opens is not meddled with
  await page.route("**/posts", (route) =>
    route.request().method() === "POST" ? route.abort() : route.continue(),
  )
  await textBox(page).fill("Typed in the tunnel")
  await expect(page.getByText(/Kept on this device/)).toBeVisible()
  await page.unroute("**/posts")
  await page.route("**/posts", (route) =>
    route.request().method() === "POST" ? route.abort() : route.continue(),
  )
  await page.reload()
  await expect(page.getByText("You have text here that was not saved")).toBeVisible()
  await expectAccessible(page)
  await page.unroute("**/posts")
  await page.getByRole("button", { name: "Restore it" }).click()
  await expect(textBox(page)).toHaveValue("Typed in the tunnel")
  await expectSaved(page)
})

test("schedules by the clock of the workspace, once by a double click", async ({ page }) => {
  const { home, posts } = await begin(page, { handles: [fresh("ada")], zone: "America/New_York" })
  await page.goto(`${home}/compose`)
  await write(page, "At nine in New York")
  await page.getByRole("button", { name: "Schedule", exact: true }).click()
  await choose(page, inDays(20), "09:00")
  await expect(
    page.getByRole("dialog").getByText("Times are those of the workspace: America/New_York."),
  ).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("dialog").getByRole("button", { name: "Schedule" }).dblclick()
  await expect(page.getByRole("heading", { level: 1, name: "Post" })).toBeVisible()
  const all = await posts()
  expect(all).toHaveLength(1)
  expect(all[0]?.state).toBe("scheduled")
  const local = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: "America/New_York" })
  expect(local.format(new Date(all[0]?.scheduled_at ?? 0))).toBe("09:00")
})

test("explains an hour that the clocks skip, and one that comes twice", async ({ page }) => {
  const { home, posts } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await write(page, "While the clocks change")
  await page.getByRole("button", { name: "Schedule", exact: true }).click()
  const dialog = page.getByRole("dialog")
  await choose(page, clockChange(3), "01:30")
  await expect(dialog.getByText(/There is no 01:30 on this day/)).toBeVisible()
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "02:00" }).click()
  await expect(dialog.getByLabel("Time")).toHaveValue("02:00")
  await choose(page, clockChange(10), "01:30")
  await expect(dialog.getByText(/01:30 happens twice/)).toBeVisible()
  await dialog.getByRole("radio", { name: /The second/ }).click()
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Schedule" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Post" })).toBeVisible()
  expect((await posts())[0]?.scheduled_at).toMatch(`${clockChange(10)}T01:30:00`)
})

test("someone else's change meanwhile: both versions, and the person decides", async ({ page }) => {
  const { home, write: add, post, api } = await begin(page, { handles: [fresh("ada")] })
  const draft = await add("The first version")
  await page.goto(`${home}/posts/${draft.id}/edit`)
  await expect(textBox(page)).toHaveValue("The first version")
  // The others are faster than the pause after typing.
  let rival = false
  await page.route(`**/posts/${draft.id}`, async (route) => {
    if (route.request().method() !== "PATCH" || rival) return route.continue()
    rival = true
    const theirs = await api("PATCH", `/posts/${draft.id}`, { text: "Theirs" }, { "if-match": '"v1"' })
    expect(theirs.status, JSON.stringify(theirs.body)).toBe(200)
    await route.continue()
  })
  await textBox(page).fill("Mine, half an hour of work")
  const panel = page.getByRole("alert", { name: "Someone changed this post while you wrote" })
  await expect(panel.getByRole("region", { name: "Yours" })).toContainText("Mine, half an hour of work")
  await expect(panel.getByRole("region", { name: "Now on the server" })).toContainText("Theirs")
  await expect(textBox(page)).toHaveValue("Mine, half an hour of work")
  await expectAccessible(page)
  await panel.getByRole("button", { name: "Keep mine" }).click()
  await expectSaved(page)
  expect((await post(draft.id)).text).toBe("Mine, half an hour of work")
})

test("a session that ends while writing takes nothing of it", async ({ page }) => {
  const { home, password, endSessions } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await write(page, "Half a sentence")
  await endSessions()
  await textBox(page).fill("Half a sentence, and the other half")
  const dialog = page.getByRole("dialog", { name: "Please sign in again" })
  await dialog.getByLabel("Password", { exact: true }).fill(password)
  await dialog.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(textBox(page)).toHaveValue("Half a sentence, and the other half")
  await expectSaved(page)
  await page.reload()
  await expect(textBox(page)).toHaveValue("Half a sentence, and the other half")
})

test("keeps what is typed while the connection is away", async ({ page, context }) => {
  const { home } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await write(page, "Before the tunnel")
  await context.setOffline(true)
  await textBox(page).fill("Before the tunnel, and inside")
  await expect(page.getByText(/Kept on this device/)).toBeVisible()
  await expectAccessible(page)
  await context.setOffline(false)
  await expectSaved(page)
  await page.reload()
  await expect(textBox(page)).toHaveValue("Before the tunnel, and inside")
})
