import AxeBuilder from "@axe-core/playwright"
import { type Browser, expect, type Page, test } from "@playwright/test"
import { begin, choose, clockChange, inDays, type Post, photo, textBox, type Writer } from "./writer"

/** Every publishing page and state of a real node with real data, at three widths, light and dark. */
type Shot = {
  name: string
  path: (world: World) => string
  act?: (page: Page, world: World) => Promise<unknown>
  before?: (page: Page, world: World) => Promise<unknown>
  empty?: boolean
  /** What never ends is not waited for. */
  loading?: boolean
}

type World = { full: Writer; none: Writer; made: Record<string, Post> }

const texts = [
  "Fresh rye bread from seven tomorrow. The oven was rebuilt last week, so the crust is what it used to be.",
  "Office hours move to Thursday this week. See https://example.org/hours #engines",
  "We are hiring a second compositor. Apply by Friday; @grace answers questions.",
  "New in the shop: punched cards in three colours, cut by hand.",
  "A short thread on why the mill and the store are two things, and what happens when you mix them up.",
  "Maintenance tonight: the engine pauses for half an hour.",
  "What we learned from a year of publishing on time: plan the week on Monday, leave Friday open.",
  "🎉 Ten thousand readers! Thank you all.",
]

let world: World

async function uploadTo(writer: Writer, page: Page, seed: number): Promise<string> {
  const answer = await page.request.post(`/v1/workspaces/${writer.workspace}/media`, {
    data: photo(960, 540, seed),
    headers: {
      authorization: `Bearer ${writer.token}`,
      "content-type": "image/png",
      "idempotency-key": crypto.randomUUID(),
      "x-file-name": `photo-${seed}.png`,
    },
  })
  expect(answer.status(), await answer.text()).toBe(201)
  return ((await answer.json()) as { id: string }).id
}

async function fill(browser: Browser): Promise<World> {
  const page = await browser.newPage()
  const none = await begin(page, { handles: [] })
  const full = await begin(page, { handles: [] })
  const [mill, store, picky, lost] = [
    await full.connect("analytical.engines"),
    await full.connect("ada"),
    await full.connect("picky.press", "reject"),
    await full.connect("lost.letters", "html"),
  ]
  const to = (...ids: string[]) => ({ targets: ids.map((account_id) => ({ account_id })) })
  const media = [await uploadTo(full, page, 1), await uploadTo(full, page, 2), await uploadTo(full, page, 3)]
  const pictures = [
    { media_id: media[0], alt: "The mill at dawn, seen from the store" },
    { media_id: media[1], alt: "" },
  ]
  const made: Record<string, Post> = {}
  const now = async (name: string, post: Post, end: string) => {
    expect((await full.api("POST", `/posts/${post.id}/publish-now`)).status).toBe(200)
    await expect.poll(async () => (await full.post(post.id)).state, { timeout: 60_000 }).toBe(end)
    made[name] = post
  }
  made.draft = await full.write(`${texts[4]}\n\nhttps://example.org/notes #engines`, {
    targets: [
      { account_id: mill },
      { account_id: store, text: "Shorter for Ada: the mill works, the store keeps. @grace" },
    ],
    media: pictures,
  })
  await full.write("An idea for next month", to())
  await now(
    "published",
    await full.write(texts[0] ?? "", { ...to(mill, store), media: pictures.slice(0, 1) }),
    "published",
  )
  await now("one", await full.write(texts[3] ?? "", to(mill)), "published")
  await now("failed", await full.write(texts[5] ?? "", to(picky)), "failed")
  await now("partly", await full.write(texts[7] ?? "", to(mill, picky)), "partly_published")
  await now("review", await full.write(texts[2] ?? "", to(lost)), "needs_review")
  const cancelled = await full.schedule(
    await full.write("Was planned once", to(mill)),
    new Date(`${inDays(3)}T10:00:00Z`),
  )
  await full.api("POST", `/posts/${cancelled.id}/cancel`, undefined, {
    "if-match": `"v${cancelled.version}"`,
  })
  made.cancelled = cancelled
  for (let at = 0; at < 70; at += 1) {
    const when = new Date(
      `${inDays(1 + Math.floor(at / 2.6))}T${String(7 + ((at * 5) % 13)).padStart(2, "0")}:${at % 2 ? "30" : "00"}:00Z`,
    )
    const post = await full.write(
      texts[at % texts.length] ?? "",
      to(...(at % 3 === 0 ? [mill, store] : [at % 2 ? mill : store])),
    )
    made.scheduled = await full.schedule(post, when)
  }
  await page.close()
  return { full, none, made }
}

const post = (name: string) => (w: World) => `${w.full.home}/posts/${w.made[name]?.id}`
const edit = (w: World) => `${w.full.home}/posts/${w.made.draft?.id}/edit`
const never = (page: Page, url: string) => page.route(url, () => undefined)
const broken = (page: Page, url: string) =>
  page.route(url, (route) =>
    route.fulfill({
      status: 503,
      headers: { "content-type": "application/problem+json", "x-request-id": "0192f0c8-5f60-7299" },
      body: JSON.stringify({ type: "urn:troupe:problem:overloaded", title: "full", status: 500 }),
    }),
  )
const menu = (page: Page) => page.getByRole("button", { name: "Actions" }).click()

const shots: Shot[] = [
  { name: "compose-none", path: (w) => `${w.none.home}/compose`, empty: true },
  { name: "compose-new", path: (w) => `${w.full.home}/compose` },
  { name: "compose-full", path: edit },
  {
    name: "compose-own",
    path: edit,
    act: async (page) => {
      const tabs = page.getByRole("tablist", { name: "Version for" })
      await tabs.getByRole("tab", { name: /ada/ }).click()
    },
  },
  {
    name: "compose-over",
    path: (w) => `${w.full.home}/compose`,
    act: async (page) => {
      for (const name of [/^analytical/, /^ada/]) await page.getByRole("button", { name }).click()
      await textBox(page).fill(`${texts[6]} `.repeat(6))
      await expect(page.getByText(/things? to mend/)).toBeVisible()
    },
  },
  {
    name: "compose-uploads",
    path: (w) => `${w.full.home}/compose`,
    act: async (page) => {
      let tries = 0
      await page.route("**/media", (route) => {
        tries += 1
        if (tries === 1) return route.abort()
        return new Promise(() => undefined)
      })
      await page
        .getByLabel("Add images")
        .last()
        .setInputFiles([
          {
            name: "a-picture-with-a-rather-long-file-name-from-a-camera-20261123.png",
            mimeType: "image/png",
            buffer: photo(300, 200, 5),
          },
          { name: "second.png", mimeType: "image/png", buffer: photo(300, 200, 6) },
        ])
      await expect(page.getByRole("alert").filter({ hasText: "Not uploaded" })).toBeVisible()
    },
  },
  {
    name: "compose-restore",
    path: (w) => `${w.full.home}/compose`,
    before: async (page, { full }) => {
      const copy = {
        content: { text: texts[6], title: null, language: null, media: [], targets: [] },
        version: null,
        key: crypto.randomUUID(),
        savedAt: new Date(Date.now() - 7_200_000).toISOString(),
      }
      await page.addInitScript(
        ([name, text]) => localStorage.setItem(name ?? "", text ?? ""),
        [`troupe.typed.${full.workspace}.new-${copy.key}`, JSON.stringify(copy)],
      )
    },
  },
  {
    name: "compose-conflict",
    path: edit,
    act: async (page, { full, made }) => {
      const { id } = made.draft as Post
      let rival = false
      await page.route(`**/posts/${id}`, async (route) => {
        if (route.request().method() !== "PATCH" || rival) return route.continue()
        rival = true
        const { version } = await full.post(id)
        const text = `Theirs, number ${version}. The store keeps what the mill has worked on.`
        await full.api("PATCH", `/posts/${id}`, { text }, { "if-match": `"v${version}"` })
        await route.continue()
      })
      await textBox(page).fill(
        `Mine: a short thread on why the mill and the store are two things. (${Date.now()})`,
      )
      await expect(page.getByRole("button", { name: "Keep mine" })).toBeVisible()
    },
  },
  {
    name: "compose-offline",
    path: edit,
    act: async (page) => {
      await page.context().setOffline(true)
      await textBox(page).fill(`Typed in the tunnel, at ${Date.now()}`)
      await expect(page.getByText(/Kept on this device/)).toBeVisible()
    },
  },
  { name: "compose-loading", path: edit, loading: true, before: (page) => never(page, "**/accounts") },
  { name: "compose-failed", path: edit, before: (page) => broken(page, "**/accounts") },
  {
    name: "schedule",
    path: edit,
    act: (page) => page.getByRole("button", { name: "Schedule", exact: true }).click(),
  },
  {
    name: "schedule-gap",
    path: edit,
    act: async (page) => {
      await page.getByRole("button", { name: "Schedule", exact: true }).click()
      await choose(page, clockChange(3), "01:30")
    },
  },
  {
    name: "schedule-twice",
    path: edit,
    act: async (page) => {
      await page.getByRole("button", { name: "Schedule", exact: true }).click()
      await choose(page, clockChange(10), "01:30")
    },
  },
  {
    name: "shortcuts",
    path: edit,
    act: (page) => page.getByRole("button", { name: "Keyboard shortcuts" }).click(),
  },
  { name: "posts", path: (w) => `${w.full.home}/posts` },
  {
    name: "posts-selected",
    path: (w) => `${w.full.home}/posts`,
    act: async (page) => {
      for (const at of [1, 2, 3]) await page.getByRole("checkbox").nth(at).check()
    },
  },
  { name: "posts-empty", path: (w) => `${w.none.home}/posts`, empty: true },
  { name: "posts-none", path: (w) => `${w.full.home}/posts?state=awaiting_approval` },
  {
    name: "posts-loading",
    path: (w) => `${w.full.home}/posts`,
    loading: true,
    before: (page) => never(page, "**/posts?*"),
  },
  { name: "posts-failed", path: (w) => `${w.full.home}/posts`, before: (page) => broken(page, "**/posts?*") },
  { name: "post-draft", path: post("draft") },
  { name: "post-scheduled", path: post("scheduled") },
  { name: "post-menu", path: post("scheduled"), act: menu },
  {
    name: "post-cancel",
    path: post("scheduled"),
    act: async (page) => {
      await menu(page)
      await page.getByRole("menuitem", { name: "Cancel post" }).click()
    },
  },
  { name: "post-published", path: post("published") },
  { name: "post-one", path: post("one") },
  { name: "post-failed", path: post("failed") },
  { name: "post-partly", path: post("partly") },
  { name: "post-review", path: post("review") },
  {
    name: "post-resolve",
    path: post("review"),
    act: (page) => page.getByRole("button", { name: "It is published" }).click(),
  },
  { name: "post-cancelled", path: post("cancelled") },
  { name: "post-missing", path: (w) => `${w.full.home}/posts/0192f0c8-5f60-7299-b816-b3c4d5e6f708` },
  {
    name: "post-loading",
    path: post("published"),
    loading: true,
    before: (page) => never(page, "**/posts/*"),
  },
  { name: "calendar-month", path: (w) => `${w.full.home}/calendar?day=${inDays(12)}` },
  { name: "calendar-week", path: (w) => `${w.full.home}/calendar?view=week&day=${inDays(7)}` },
  { name: "calendar-day", path: (w) => `${w.full.home}/calendar?view=day&day=${inDays(7)}` },
  { name: "calendar-list", path: (w) => `${w.full.home}/calendar?view=list&day=${inDays(12)}` },
  { name: "calendar-gap", path: (w) => `${w.full.home}/calendar?view=day&day=${clockChange(3)}` },
  { name: "calendar-empty", path: (w) => `${w.none.home}/calendar?view=list`, empty: true },
  { name: "calendar-empty-month", path: (w) => `${w.none.home}/calendar`, empty: true },
  {
    name: "calendar-loading",
    path: (w) => `${w.full.home}/calendar`,
    loading: true,
    before: (page) => never(page, "**/posts?*"),
  },
  {
    name: "calendar-failed",
    path: (w) => `${w.full.home}/calendar`,
    before: (page) => broken(page, "**/posts?*"),
  },
  {
    name: "calendar-move",
    path: (w) => `${w.full.home}/calendar?view=week&day=${inDays(7)}`,
    act: async (page) => {
      const entry = page.locator("[data-entry]").first()
      await entry.focus()
      await entry.press("m")
      await page.getByRole("dialog").waitFor()
    },
  },
]

test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000)
  world = await fill(browser)
})

for (const shot of shots)
  test(shot.name, async ({ browser }) => {
    const { full, none } = world
    const { email, password } = shot.empty ? none : full
    for (const theme of ["light", "dark"] as const) {
      const context = await browser.newContext({
        colorScheme: theme,
        reducedMotion: "reduce",
        locale: "en-GB",
      })
      await context.request.post("/v1/auth/login", {
        data: { email, password, session: "cookie" },
        headers: { "x-troupe-client": "web" },
      })
      const page = await context.newPage()
      await shot.before?.(page, world)
      for (const width of [360, 768, 1440]) {
        await context.setOffline(false)
        await page.setViewportSize({ width, height: width === 360 ? 740 : 900 })
        await page.goto(shot.path(world))
        await page.waitForSelector("h1")
        if (!shot.loading) await page.waitForFunction(() => !document.querySelector(".animate-pulse"))
        await page.evaluate(() => document.fonts.ready)
        await shot.act?.(page, world)
        await page.unrouteAll({ behavior: "ignoreErrors" })
        await shot.before?.(page, world)
        const modal = (await page.getByRole("dialog").count()) + (await page.getByRole("alertdialog").count())
        await page.screenshot({
          path: `shots/real/${shot.name}-${width}-${theme}.png`,
          fullPage: modal === 0,
        })
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(wide, `${shot.name} at ${width} scrolls sideways`).toBeLessThanOrEqual(0)
      }
      const { violations } = await new AxeBuilder({ page }).disableRules(shot.act ? ["region"] : []).analyze()
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
        `axe, ${theme}`,
      ).toEqual([])
      await context.close()
    }
  })
