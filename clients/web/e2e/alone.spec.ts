import { execFileSync } from "node:child_process"
import { expect, test } from "@playwright/test"
import { expectAccessible, expectLive, signUp } from "./people"
import { begin, expectSaved, fresh, restartNode, textBox, write } from "./writer"

// What nobody else may use the node during: these run after all others, one after the other.

test("a restart of the node keeps the page, what was typed, and catches up by itself", async ({
  page,
  request,
}) => {
  const { workspace, api } = await signUp(page, request)
  await page.goto(`/w/${workspace}/settings/workspace`)
  await expectLive(page)
  await page.getByLabel("Name").fill("Difference Engines")
  const back = restartNode()
  await expect(page.getByText("Reconnecting", { exact: true }).first()).toBeAttached({ timeout: 60_000 })
  await back
  await expectLive(page)
  await expect(page.getByLabel("Name")).toHaveValue("Difference Engines")
  await page.getByRole("button", { name: "Save changes" }).click()
  await expect(page.getByText("Saved", { exact: true }).first()).toBeVisible()
  await expectAccessible(page)
  await page.goto(`/w/${workspace}/accounts`)
  await expectLive(page)
  await api("POST", `/v1/workspaces/${workspace}/accounts`, {
    platform: "sandbox",
    fields: { handle: "after" },
  })
  await expect(page.getByRole("link", { name: /Details of/ })).toBeVisible()
})

test("an operator lifts the quarantine of what kept failing", async ({ page, request }) => {
  const { email, workspace, api } = await signUp(page, request)
  const { E2E_PROGRAM: program = "troupe", E2E_CONFIG: config = "", E2E_DSN: dsn = "" } = process.env
  execFileSync(program, ["users", "operator", email, "on", "--config", config])
  const sql = (text: string) => execFileSync("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-c", text])
  const post = `/v1/workspaces/${workspace}/posts/${crypto.randomUUID()}`
  // An entity whose table is away dies of each activation.
  sql("ALTER TABLE post RENAME TO post_away")
  try {
    await expect
      .poll(async () => (await api("GET", post)).body.type, { timeout: 60_000 })
      .toBe("urn:troupe:problem:quarantined")
  } finally {
    sql("ALTER TABLE post_away RENAME TO post")
  }
  await page.goto(`/w/${workspace}/operations?view=quarantine`)
  await expect(page.getByText(/could not be loaded/).first()).toBeVisible()
  await expectAccessible(page)
  const lift = page.getByRole("button", {
    name: new RegExp(`Lift the quarantine of .*${post.split("/").at(-1)}`),
  })
  await lift.click()
  await page.getByRole("alertdialog").getByRole("button", { name: "Lift" }).click()
  await expect(page.getByText("It works again").first()).toBeVisible()
  await expect(lift).toBeHidden()
  expect((await api("GET", post)).status).toBe(404)
})

test("a draft comes back after a reload and after a restart of the node", async ({ page }) => {
  const { home, posts } = await begin(page, { handles: [fresh("ada")] })
  await page.goto(`${home}/compose`)
  await write(page, "Before the restart")
  await page.reload()
  await expect(textBox(page)).toHaveValue("Before the restart")
  await restartNode()
  await textBox(page).fill("Before the restart, and after it")
  await expectSaved(page)
  expect((await posts()).map(({ text }) => text)).toEqual(["Before the restart, and after it"])
  await page.reload()
  await expect(textBox(page)).toHaveValue("Before the restart, and after it")
})
