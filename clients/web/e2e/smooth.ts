import { expect, type Page, test } from "@playwright/test"
import { createFakeNode } from "../src/test/fake-node.ts"
import { startFakeServer } from "./fake-server.ts"

/** `npm run smooth`: how long frames take while dragging over a month of a thousand posts, and while typing. */

/** Counts the time from frame to frame, and the tasks of more than 50 ms. */
async function watch(page: Page, work: () => Promise<void>) {
  await page.evaluate(() => {
    const seen = { frames: [] as number[], long: 0, stop: false }
    Object.assign(window, { seen })
    new PerformanceObserver((list) => {
      seen.long += list.getEntries().length
    }).observe({ type: "longtask" })
    let last = performance.now()
    const tick = (now: number) => {
      seen.frames.push(now - last)
      last = now
      if (!seen.stop) requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  })
  await work()
  return page.evaluate(() => {
    const { seen } = window as unknown as { seen: { frames: number[]; long: number; stop: boolean } }
    seen.stop = true
    const sorted = seen.frames.slice(1).sort((a, b) => a - b)
    return { frames: sorted.length, p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0, long: seen.long }
  })
}

test("a month of a thousand posts, and a long text", async ({ page }) => {
  const node = createFakeNode()
  const first = Date.UTC(2027, 6, 1)
  for (let at = 0; at < 1_000; at += 1)
    node.add(
      {
        state: "scheduled",
        text: `Post ${at}`,
        scheduled_at: new Date(first + at * 2_600_000).toISOString(),
      },
      [{}],
    )
  const { server, url } = await startFakeServer(node)
  try {
    await page.setViewportSize({ width: 1440, height: 1_000 })
    await page.goto(`${url}/w/${node.workspace.id}/calendar?day=2027-07-15`)
    const entry = page.getByRole("button", { name: /Post 0\./ })
    await entry.waitFor()
    const drag = await watch(page, async () => {
      await entry.hover()
      await page.mouse.down()
      for (const day of ["02", "08", "13", "20", "16", "28", "23"]) {
        const box = await page.locator(`[data-day="2027-07-${day}"]`).boundingBox()
        if (box) await page.mouse.move(box.x + 60, box.y + 60, { steps: 12 })
      }
      await page.mouse.up()
    })
    console.log("dragging", drag)
    await page.goto(`${url}/w/${node.workspace.id}/compose`)
    await page.getByRole("button", { name: /^Ada/ }).waitFor()
    const box = page.getByLabel("Text for all accounts")
    await page
      .getByRole("button", { name: /^Engines/ })
      .first()
      .click()
    await box.fill("A long text with https://example.org and #tags and ünïcödé 👩‍🚀. ".repeat(60))
    const typing = await watch(page, () => box.pressSequentially("The quick brown fox jumps. ".repeat(4)))
    console.log("typing", typing)
    for (const { frames } of [drag, typing]) expect(frames).toBeGreaterThan(10)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
