import { expect, type Page, test } from "@playwright/test"
import { createFakeNode } from "../src/test/fake-node.ts"
import { startFakeServer } from "./fake-server.ts"

/**
 * `npm run smooth`: what a trace of Chromium says of dragging over a calendar of a thousand posts, and of typing a long text
 * for several accounts. A frame is dropped when its time passes while the page is still busy with the one before.
 */

type TraceEvent = {
  name: string
  ts: number
  /** How long it took, and how much of that the thread had a processor; in microseconds. */
  dur?: number
  tdur?: number
  pid: number
  tid: number
  ph: string
  args: { frame_reporter?: { state: string; affects_smoothness?: boolean } }
}
type Report = { frames: number; dropped: number; tasks: number[]; slowestMs: number }

/** What one frame leaves for everything. */
const frameMs = 1_000 / 60
/** How many of the tasks may take longer than a frame; none may take so long that a person feels it. */
const slowShare = 0.01
const longMs = 50

/** Runs `work` under a trace. */
async function traced(page: Page, work: () => Promise<void>): Promise<Report> {
  const browser = page.context().browser()
  if (!browser) throw new Error("no browser to trace")
  await page.evaluate(() => {
    const seen = { slowest: 0 }
    Object.assign(window, { seen })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.slowest = Math.max(seen.slowest, duration)
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit)
  })
  const categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel"]
  categories.push("devtools.timeline.frame", "disabled-by-default-devtools.timeline.frame", "__metadata")
  await browser.startTracing(page, { categories })
  await page.evaluate(() => performance.mark("smooth-begin"))
  await work()
  const slowestMs = await page.evaluate(() => {
    const { seen } = window as unknown as { seen: { slowest: number } }
    return seen.slowest
  })
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[]
  }
  return { ...read(traceEvents), slowestMs }
}

function read(events: readonly TraceEvent[]): Omit<Report, "slowestMs"> {
  // The page's own main thread: the one that laid it out.
  const main =
    events.find(({ name }) => name === "BeginMainThreadFrame") ?? events.find(({ name }) => name === "Layout")
  const renderer = events.filter(({ pid }) => pid === main?.pid)
  const mainThread = renderer.find(({ name }) => name === "FunctionCall")?.tid
  // Only what had a processor counts: what else runs on this machine is not ours to mend.
  const tasks = renderer
    .filter(({ name, tid }) => name === "RunTask" && tid === mainThread)
    .map(({ tdur, dur = 0 }) => (tdur ?? dur) / 1_000)
  const ends = renderer.flatMap(({ args }) => args?.frame_reporter ?? [])
  return {
    frames: ends.filter(({ state }) => state === "STATE_PRESENTED_ALL").length,
    dropped: ends.filter(({ state, affects_smoothness }) => state === "STATE_DROPPED" && affects_smoothness)
      .length,
    tasks,
  }
}

function judge(name: string, { frames, dropped, tasks, slowestMs }: Report): void {
  const longest = Math.max(0, ...tasks)
  const slow = tasks.filter((ms) => ms > frameMs).length
  console.log(
    `${name}: ${frames} frames, ${dropped} dropped; ${tasks.length} tasks, ${slow} longer than a frame, the longest ` +
      `${longest.toFixed(1)} ms; slowest answer to an input ${slowestMs.toFixed(0)} ms`,
  )
  expect.soft(frames, `${name}: frames`).toBeGreaterThan(20)
  expect.soft(longest, `${name}: the longest task`).toBeLessThan(longMs)
  expect
    .soft(slow / tasks.length, `${name}: tasks that are longer than a frame`)
    .toBeLessThanOrEqual(slowShare)
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
  const calendar = (view: string) => `${url}/w/${node.workspace.id}/calendar?day=2027-07-15&view=${view}`
  const entry = page.locator("[data-entry]").first()
  async function dragOver(selectors: string[]) {
    await entry.hover()
    await page.mouse.down()
    for (const selector of selectors) {
      const box = await page.locator(selector).boundingBox()
      if (box) await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 20 })
    }
    await page.mouse.up()
  }
  try {
    await page.setViewportSize({ width: 1440, height: 1_000 })
    await page.goto(calendar("month"))
    await entry.waitFor()
    const days = ["02", "08", "13", "20", "16", "28", "23", "30", "05"].map(
      (day) => `[data-day="2027-07-${day}"]`,
    )
    judge("dragging in a month", await traced(page, () => dragOver(days)))

    await page.goto(calendar("week"))
    await entry.waitFor()
    const cells = ["12T09", "14T11", "16T08", "17T12", "13T10", "15T09"].map(
      (cell) => `[data-cell="2027-07-${cell}"]`,
    )
    judge("dragging in a week", await traced(page, () => dragOver(cells)))

    await page.goto(`${url}/w/${node.workspace.id}/compose`)
    for (const name of [/^Ada/, /^Engines/]) await page.getByRole("button", { name }).first().click()
    const box = page.getByLabel("Text for all accounts")
    await box.fill("A long text with https://example.org and #tags and ünïcödé 👩‍🚀. ".repeat(60))
    judge(
      "typing",
      await traced(page, () =>
        box.pressSequentially("The quick brown fox jumps over it. ".repeat(6), { delay: 25 }),
      ),
    )
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
