import AxeBuilder from "@axe-core/playwright"
import { type APIRequestContext, expect, type Page } from "@playwright/test"

/** Someone who has signed up in this page, and the API in their name. */
export type Person = { email: string; password: string; workspace: string; api: Api }
export type Api = (
  method: string,
  path: string,
  data?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>
type Answer = { status: number; body: Record<string, unknown> }

const password = "correct horse battery"

/** Signs up by the form, and lands on the welcome page of a new workspace. */
export async function signUp(page: Page, request: APIRequestContext): Promise<Person> {
  const email = `ada-${crypto.randomUUID()}@example.org`
  await page.goto("/sign-up")
  await page.getByLabel("Your name").fill("Ada")
  await page.getByLabel("E-mail address").fill(email)
  await page.getByLabel("Password", { exact: true }).fill(password)
  await page.getByLabel("Workspace name").fill("Engines")
  await page.getByRole("button", { name: "Create account" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Welcome, Ada" })).toBeVisible()
  const workspace = /\/w\/([^/]+)/.exec(page.url())?.[1] ?? ""
  const login = await request.post("/v1/auth/login", { data: { email, password } })
  const { access_token } = (await login.json()) as { access_token: string }
  const api: Api = async (method, path, data, headers = {}) => {
    const key: Record<string, string> = method === "POST" ? { "idempotency-key": crypto.randomUUID() } : {}
    const answer = await request.fetch(path, {
      method,
      data,
      headers: { authorization: `Bearer ${access_token}`, ...key, ...headers },
    })
    const text = await answer.text()
    return { status: answer.status(), body: text ? JSON.parse(text) : {} }
  }
  return { email, password, workspace, api }
}

/** WCAG 2.2 AA and the rest that axe knows; call it where a page stands still. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    // An open menu or a toast lies outside of the landmarks, where its pattern wants it.
    .disableRules(["region"])
    .analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
}

/** The stream is open: what happens from now on is seen. */
export async function expectLive(page: Page): Promise<void> {
  // The phone keeps the sign out of sight, so it is there without being seen.
  await expect(page.getByText("Live", { exact: true }).first()).toBeAttached({ timeout: 60_000 })
}
