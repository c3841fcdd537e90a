import { writeFileSync } from "node:fs"
import { expect, test } from "@playwright/test"
import { expectAccessible, signUp } from "./people"
import { expectSaved, textBox } from "./writer"

// Half a fade is no state to measure colours in.
test.use({ contextOptions: { reducedMotion: "reduce" } })

const given = (name: string): string => {
  const value = process.env[`BLUESKY_${name}`]
  if (!value) throw new Error(`BLUESKY_${name} is not set; see tests/journeys/web_bluesky.py`)
  return value
}

/** What became of it on the PDS is looked at by who started this. */
test("connects Bluesky by an app password, and publishes an image and a link there", async ({
  page,
  request,
}) => {
  const { workspace } = await signUp(page, request)
  await page.goto(`/w/${workspace}/accounts`)
  await page.getByRole("button", { name: "Connect an account" }).click()
  await page.getByRole("button", { name: /Bluesky/ }).click()
  await page.getByLabel("Handle").fill(given("HANDLE"))
  const secret = page.getByLabel("App password", { exact: true })
  await secret.fill("aaaa-bbbb-cccc-dddd")
  await page.getByText("More options").click()
  await page.getByLabel(/^Server/).fill(given("SERVER"))
  await page.getByRole("button", { name: "Connect", exact: true }).click()
  await expect(page.getByRole("dialog").getByRole("alert").first()).toBeVisible()
  await expectAccessible(page)
  await secret.fill(given("APP_PASSWORD"))
  await page.getByRole("button", { name: "Connect", exact: true }).click()
  await expect(page.getByRole("link", { name: /Details of/ })).toBeVisible()

  await page.goto(`/w/${workspace}/compose`)
  await textBox(page).fill(given("TEXT"))
  await page.getByLabel("Add images").last().setInputFiles(given("IMAGE"))
  await page.getByLabel("Alternative text").fill(given("ALT"))
  await expectSaved(page)
  const preview = page.getByRole("region", { name: "Preview" })
  await expect(preview.getByText(given("LINK"), { exact: true })).toHaveClass(/text-accent/)
  await expect(preview.getByRole("img", { name: given("ALT") })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Publish now" }).dblclick()
  await expect(page.getByRole("heading", { level: 1, name: "Post" })).toBeVisible()
  const link = page.getByRole("link", { name: "Open on Bluesky" })
  await expect(link).toBeVisible({ timeout: 90_000 })
  await expect(page.locator("[data-post-state]")).toHaveText("Published")
  await expectAccessible(page)
  writeFileSync(given("SEEN"), (await link.getAttribute("href")) ?? "")
})
