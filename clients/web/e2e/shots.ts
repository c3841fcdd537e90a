import AxeBuilder from "@axe-core/playwright"
import { expect, type Page, test } from "@playwright/test"
import { createFakeNode, type FakeNode } from "../src/test/fake-node.ts"
import { startFakeServer } from "./fake-server.ts"
import { chooseDoubledHour, fillPosts, lastOf } from "./shots-posts.ts"

type Shot = {
  name: string
  path: (workspaceId: string) => string
  signedOut?: boolean
  empty?: boolean
  fill?: (node: FakeNode) => void
  /** What to do before the picture. */
  act?: (page: Page) => Promise<void>
}

// A new page adds its line here.
const shots: Shot[] = [
  { name: "sign-in", path: () => "/sign-in", signedOut: true },
  { name: "sign-up", path: () => "/sign-up", signedOut: true },
  { name: "invite", path: () => "/invite#secret" },
  { name: "dashboard", path: (w) => `/w/${w}` },
  { name: "dashboard-empty", path: (w) => `/w/${w}`, empty: true },
  { name: "welcome", path: (w) => `/w/${w}/welcome`, empty: true },
  { name: "settings-profile", path: (w) => `/w/${w}/settings/profile` },
  { name: "settings-security", path: (w) => `/w/${w}/settings/security` },
  { name: "settings-appearance", path: (w) => `/w/${w}/settings/appearance` },
  { name: "settings-workspace", path: (w) => `/w/${w}/settings/workspace` },
  { name: "settings-members", path: (w) => `/w/${w}/settings/members` },
  {
    name: "invite-dialog",
    path: (w) => `/w/${w}/settings/members`,
    act: async (page) => {
      await page.getByRole("button", { name: "Invite someone" }).click()
      await page.getByRole("dialog").waitFor()
    },
  },
  {
    name: "user-menu",
    path: (w) => `/w/${w}`,
    act: async (page) => {
      await page
        .getByRole("button", { name: /^Account:/ })
        .filter({ visible: true })
        .click()
      await page.getByRole("menu").waitFor()
    },
  },
  { name: "posts", path: (w) => `/w/${w}/posts`, fill: fillPosts },
  { name: "posts-empty", path: (w) => `/w/${w}/posts`, empty: true },
  { name: "post-needs-review", path: (w) => `/w/${w}/posts/${lastOf("needs_review")}`, fill: fillPosts },
  { name: "post-failed", path: (w) => `/w/${w}/posts/${lastOf("failed")}`, fill: fillPosts },
  { name: "post-scheduled", path: (w) => `/w/${w}/posts/${lastOf("scheduled")}`, fill: fillPosts },
  { name: "compose-new", path: (w) => `/w/${w}/compose` },
  { name: "compose", path: (w) => `/w/${w}/posts/${lastOf("draft")}/edit`, fill: fillPosts },
  {
    name: "schedule-dialog",
    path: (w) => `/w/${w}/posts/${lastOf("draft")}/edit`,
    fill: fillPosts,
    act: chooseDoubledHour,
  },
  { name: "calendar-month", path: (w) => `/w/${w}/calendar`, fill: fillPosts },
  { name: "calendar-week", path: (w) => `/w/${w}/calendar?view=week`, fill: fillPosts },
  { name: "calendar-day", path: (w) => `/w/${w}/calendar?view=day`, fill: fillPosts },
  { name: "calendar-list", path: (w) => `/w/${w}/calendar?view=list`, fill: fillPosts },
  { name: "accounts", path: (w) => `/w/${w}/accounts` },
  { name: "accounts-empty", path: (w) => `/w/${w}/accounts`, empty: true },
  {
    name: "connect-pick",
    path: (w) => `/w/${w}/accounts`,
    act: async (page) => {
      await page.getByRole("button", { name: "Connect an account" }).click()
      await page.getByRole("dialog").waitFor()
    },
  },
  {
    name: "connect-form",
    path: (w) => `/w/${w}/accounts`,
    act: async (page) => {
      await page.getByRole("button", { name: "Connect an account" }).click()
      await page.getByRole("button", { name: /Bluesky/ }).click()
      await page.getByRole("button", { name: "Connect", exact: true }).click()
    },
  },
  {
    name: "account",
    path: (w) => `/w/${w}/accounts`,
    act: async (page) => {
      await page.getByRole("link", { name: "Details of Engines (fediverse)" }).click()
      await page.getByText("What the network can do").waitFor()
    },
  },
  { name: "oauth-return", path: () => "/oauth/return?state=a&code=b" },
  {
    name: "operations",
    path: (w) => `/w/${w}/operations`,
    act: async (page) => {
      await page.getByRole("tree").focus()
      for (const key of ["ArrowDown", "*", "End", "ArrowUp", "ArrowUp", "ArrowRight"])
        await page.keyboard.press(key)
      await page
        .getByRole("treeitem", { name: /^post:/ })
        .first()
        .waitFor()
    },
  },
  {
    name: "operations-actor",
    path: (w) => `/w/${w}/operations`,
    act: async (page) => {
      await page.getByRole("tree").focus()
      await page.keyboard.press("Enter")
      await page.getByText("What it tells about itself").waitFor()
    },
  },
  { name: "operations-quarantine", path: (w) => `/w/${w}/operations?view=quarantine` },
  { name: "operations-nodes", path: (w) => `/w/${w}/operations?view=nodes` },
  { name: "operations-shards", path: (w) => `/w/${w}/operations?view=shards` },
  { name: "not-found", path: (w) => `/w/${w}/nowhere` },
]

/** What is looked at from right to left, too: no language of ours is written so yet, so the page is only mirrored. */
const mirrored = new Set([
  "sign-in",
  "dashboard",
  "user-menu",
  "compose",
  "schedule-dialog",
  "calendar-month",
  "calendar-week",
  "posts",
  "post-needs-review",
  "accounts",
  "operations",
  "operations-nodes",
  "settings-members",
])

for (const shot of shots)
  test(shot.name, async ({ browser }) => {
    const node = createFakeNode({ signedIn: !shot.signedOut, empty: shot.empty })
    shot.fill?.(node)
    const { server, url } = await startFakeServer(node)
    try {
      for (const theme of ["light", "dark"] as const) {
        const context = await browser.newContext({
          colorScheme: theme,
          reducedMotion: "reduce",
          locale: "en-GB",
        })
        const page = await context.newPage()
        const complaints: string[] = []
        page.on("console", (message) => {
          // The first refresh of a visitor without a session is refused, and Chromium says so.
          if (message.type() === "error" && !(shot.signedOut && message.text().includes("401")))
            complaints.push(message.text())
        })
        page.on("pageerror", (error) => complaints.push(error.message))
        for (const width of [360, 768, 1440]) {
          await page.setViewportSize({ width, height: width === 360 ? 740 : 900 })
          await page.goto(url + shot.path(node.workspace.id))
          await page.waitForSelector("h1")
          await page.waitForFunction(() => !document.querySelector(".animate-pulse"))
          await page.evaluate(() => document.fonts.ready)
          await shot.act?.(page)
          await page.screenshot({ path: `shots/${shot.name}-${width}-${theme}.png`, fullPage: !shot.act })
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          expect(wide, `${shot.name} at ${width} scrolls sideways`).toBeLessThanOrEqual(0)
        }
        if (theme === "light" && mirrored.has(shot.name))
          for (const width of [360, 1440]) {
            await page.setViewportSize({ width, height: width === 360 ? 740 : 900 })
            await page.goto(url + shot.path(node.workspace.id))
            await page.waitForSelector("h1")
            await page.waitForFunction(() => !document.querySelector(".animate-pulse"))
            await page.evaluate(() => {
              document.documentElement.dir = "rtl"
            })
            await shot.act?.(page)
            await page.screenshot({ path: `shots/${shot.name}-${width}-rtl.png`, fullPage: !shot.act })
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
            expect(wide, `${shot.name}, mirrored, at ${width} scrolls sideways`).toBeLessThanOrEqual(0)
          }
        const { violations } = await new AxeBuilder({ page })
          // An open menu lies outside of the landmarks, where its pattern wants it.
          .disableRules(shot.act ? ["region"] : [])
          .analyze()
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
          `axe, ${theme}`,
        ).toEqual([])
        expect(complaints, "console").toEqual([])
        await context.close()
      }
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
