import { readFileSync } from "node:fs"
import { deflateSync } from "node:zlib"
import { expect, type Page } from "@playwright/test"

type Body = Record<string, unknown>
export type Answer = { status: number; body: Body }
export type Post = {
  id: string
  state: string
  version: number
  text: string
  scheduled_at: string | null
  media: { media_id: string; alt: string }[]
  deliveries: { id: string; account_id: string; state: string; text: string; permalink: string | null }[]
}
type Call = (
  method: string,
  path: string,
  data?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>

/** Someone with a workspace and accounts at the sandbox, signed in in this page; and the API in their name. */
export type Writer = {
  email: string
  password: string
  token: string
  /** Where the workspace is in the app. */
  home: string
  workspace: string
  /** Paths below the workspace. */
  api: Call
  /** Ends every session of this person, the page's too. */
  endSessions: () => Promise<void>
  connect: (handle: string, behaviour?: string) => Promise<string>
  /** Lets the network of an account behave otherwise. */
  reconnect: (handle: string, behaviour: string) => Promise<void>
  /** Account ids by handle. */
  accounts: Map<string, string>
  write: (text: string, more?: Body) => Promise<Post>
  posts: () => Promise<Post[]>
  post: (id: string) => Promise<Post>
  schedule: (post: Post, at: Date) => Promise<Post>
}

type Options = { handles?: string[]; zone?: string; name?: string }

const password = "correct horse battery"

/** Signs up without the form, which other journeys take: the cookie goes to the page's own jar. */
export async function begin(
  page: Page,
  { handles = ["ada"], zone = "Europe/London", name = "Ada" }: Options = {},
) {
  const email = `writer-${crypto.randomUUID()}@example.org`
  const workspaceOf = { name: "Engines", time_zone: zone }
  const made = await page.request.post("/v1/auth/register", {
    data: { email, password, display_name: name, workspace: workspaceOf, session: "cookie" },
    headers: { "idempotency-key": crypto.randomUUID(), "x-troupe-client": "web" },
  })
  expect(made.status(), await made.text()).toBe(201)
  const { access_token, workspace } = (await made.json()) as {
    access_token: string
    workspace: { id: string }
  }
  // What the form leaves behind: without it the app does not ask whether the cookie is good.
  await page.addInitScript(() => localStorage.setItem("troupe.session", "1"))
  const base = `/v1/workspaces/${workspace.id}`
  const api: Call = async (method, path, data, headers = {}) => {
    const key: Record<string, string> = method === "POST" ? { "idempotency-key": crypto.randomUUID() } : {}
    const answer = await page.request.fetch(base + path, {
      method,
      data,
      headers: { authorization: `Bearer ${access_token}`, ...key, ...headers },
    })
    const text = await answer.text()
    return { status: answer.status(), body: text ? JSON.parse(text) : {} }
  }
  const accounts = new Map<string, string>()
  const good = async (wanted: number, answer: Promise<Answer>) => {
    const { status, body } = await answer
    expect(status, JSON.stringify(body)).toBe(wanted)
    return body as unknown
  }
  const writer: Writer = {
    email,
    password,
    token: access_token,
    workspace: workspace.id,
    home: `/w/${workspace.id}`,
    api,
    accounts,
    async endSessions() {
      const headers = { authorization: `Bearer ${access_token}` }
      expect((await page.request.post("/v1/auth/logout-everywhere", { headers })).status()).toBe(204)
    },
    async connect(handle, behaviour = "ok") {
      const { status, body } = await api("POST", "/accounts", {
        platform: "sandbox",
        fields: { handle, behaviour },
      })
      expect([200, 201], JSON.stringify(body)).toContain(status)
      accounts.set(handle, body.id as string)
      return body.id as string
    },
    async reconnect(handle, behaviour) {
      const fields = { handle, behaviour }
      const { status, body } = await api("POST", `/accounts/${accounts.get(handle)}/reconnect`, { fields })
      expect(status, JSON.stringify(body)).toBe(200)
    },
    write: async (text, more = {}) => {
      const targets = [...accounts.values()].map((account_id) => ({ account_id }))
      return (await good(201, api("POST", "/posts", { text, targets, ...more }))) as Post
    },
    posts: async () => ((await good(200, api("GET", "/posts?limit=200"))) as { items: Post[] }).items,
    post: async (id) => (await good(200, api("GET", `/posts/${id}`))) as Post,
    schedule: async (post, at) =>
      (await good(200, api("POST", `/posts/${post.id}/schedule`, { at: at.toISOString() }))) as Post,
  }
  for (const handle of handles) await writer.connect(handle)
  return writer
}

/** Unique at the sandbox, whose handles all workspaces share. */
export const fresh = (name: string) => `${name}-${crypto.randomUUID().slice(0, 8)}`

/** The text box of the composer, once it is there. */
export const textBox = (page: Page) => page.getByLabel("Text for all accounts")

export async function write(page: Page, text: string): Promise<void> {
  await textBox(page).fill(text)
  await expectSaved(page)
}

export async function expectSaved(page: Page): Promise<void> {
  await expect(page.getByText("Saved", { exact: true })).toBeVisible({ timeout: 30_000 })
}

/** Opens the dialog of the composer and fills in a wall-clock time. */
export async function choose(page: Page, date: string, time: string): Promise<void> {
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Date").fill(date)
  await dialog.getByLabel("Time").fill(time)
}

export const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** The last Sunday of a month of next year: when European clocks are set. */
export function clockChange(month: 3 | 10): string {
  const last = new Date(Date.UTC(new Date().getUTCFullYear() + 1, month, 0))
  last.setUTCDate(last.getUTCDate() - last.getUTCDay())
  return last.toISOString().slice(0, 10)
}

/** Stops the node; `clients/e2e` starts it anew. Answers when the new one runs. */
export async function restartNode(): Promise<void> {
  const pid = () => readFileSync(process.env.E2E_NODE_PID ?? "", "utf8").trim()
  const before = pid()
  process.kill(Number(before), "SIGTERM")
  await expect.poll(pid, { timeout: 60_000 }).not.toBe(before)
}

type Colour = [number, number, number]

/** A PNG of stripes, so that a picture of it shows whether it was stretched, cut or mixed up. */
export const png = (width: number, height: number, colours: Colour[]) =>
  paint(width, height, (x, y) => colours[Math.floor((x + y) / 40) % colours.length] ?? [0, 0, 0])

/** Hills under a sun: something to look at. */
export function photo(width: number, height: number, seed: number): Buffer {
  const hills = [0.55, 0.68, 0.82].map((base, at) => ({
    base: base * height,
    wave: (x: number) => Math.sin((x / width) * (3 + at * 2) + seed * 1.7 + at) * height * 0.08,
  }))
  const sun = { x: width * (0.25 + (seed % 5) * 0.12), y: height * 0.3, r: height * 0.11 }
  return paint(width, height, (x, y) => {
    const over = hills.filter(({ base, wave }) => y > base + wave(x)).length
    if (over > 0) return [60 - over * 14 + seed * 6, 120 - over * 26, 110 - over * 18 + seed * 5]
    if ((x - sun.x) ** 2 + (y - sun.y) ** 2 < sun.r ** 2) return [255, 236, 190]
    const high = y / height
    return [236 - high * 40, 170 + high * 60, 130 + high * 110 - seed * 4]
  })
}

function paint(width: number, height: number, colour: (x: number, y: number) => Colour): Buffer {
  const row = (y: number) => {
    const line = Buffer.alloc(1 + width * 3)
    for (let x = 0; x < width; x += 1) line.set(colour(x, y), 1 + x * 3)
    return line
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name, "latin1"), data])
    const out = Buffer.alloc(8 + body.length)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), 4 + body.length)
    return out
  }
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, (_, y) => row(y))))
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([magic, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))])
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
