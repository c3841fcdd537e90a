import type { Account, LiveEvent, Post, Role, Workspace } from "@troupe/api"
import { teachConnect } from "./fake-connect"
import {
  ago,
  demoDeliveries,
  makeAccount,
  makeInvite,
  makeMember,
  makeSession,
  makeUser,
  makeWorkspace,
  newId,
  summarise,
} from "./fake-data"
import { teachOperations } from "./fake-operations"
import { addPublishRoutes } from "./fake-publish"

export * from "./fake-data"

/**
 * A node in memory that speaks the contract: for tests (through MSW), `npm run dev:fake` and the screenshots. It knows the
 * happy paths and the refusals that pages must draw; a test that needs another answer overrides one route with MSW.
 */

export type Answer = Response | Promise<Response>
export type Call = { request: Request; params: Record<string, string>; body: Record<string, unknown> }
/** Adds a route, named by its method and path template. */
export type On = (what: string, run: (call: Call) => Answer) => void
type Route = { method: string; pattern: RegExp; names: string[]; open: boolean; run: (call: Call) => Answer }

/** An answer as JSON, with the node's clock, which pages read from it; `undefined` is an empty one. */
export const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json",
      "x-request-id": "fake-1",
      date: new Date().toUTCString(),
      ...headers,
    },
  })

/** A problem answer, for MSW overrides too. */
export function problem(
  kind: string,
  status: number,
  more: Record<string, unknown> = {},
  headers = {},
): Response {
  return json({ type: `urn:troupe:problem:${kind}`, title: kind, status, ...more }, status, {
    "content-type": "application/problem+json",
    ...headers,
  })
}

export type FakeNode = ReturnType<typeof createFakeNode>

export function createFakeNode(
  options: { signedIn?: boolean; empty?: boolean; publishAfterMs?: number } = {},
) {
  const user = makeUser()
  const workspace = makeWorkspace()
  const accounts: Account[] = options.empty
    ? []
    : [
        makeAccount(),
        makeAccount({ platform: "bluesky", handle: "engines.example.org", display_name: "Engines" }),
        makeAccount({
          platform: "mastodon",
          handle: "@engines@social.example.org",
          display_name: "Engines (fediverse)",
          state: "reconnect_required",
          state_reason: "The network no longer accepts the token. Connect it again.",
          rate: { limit: 300, remaining: 212, resets_at: ago(-5) },
        }),
      ]
  const state = {
    user,
    password: "correct horse battery",
    signedIn: options.signedIn ?? true,
    workspaces: [
      workspace,
      makeWorkspace({ name: "Difference Club", role: "viewer" as Role, time_zone: "Europe/Berlin" }),
    ],
    members: [
      makeMember({ user_id: user.id, email: user.email, display_name: user.display_name, role: "owner" }),
      makeMember(),
      makeMember({ email: "mary@example.org", display_name: "Mary Somerville", role: "admin" }),
      makeMember({ email: "luigi@example.org", display_name: "Luigi Menabrea", role: "viewer" }),
    ],
    invites: options.empty ? [] : [makeInvite(), makeInvite({ email: null, role: "viewer" })],
    sessions: [
      makeSession({ current: true }),
      makeSession({
        user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Safari/604.1",
        last_used_at: ago(2_000),
      }),
    ],
    accounts,
    deliveries: options.empty ? [] : demoDeliveries(),
    posts: new Map<string, Post>(),
    calls: [] as string[],
  }
  const streams = new Set<(event: LiveEvent) => void>()
  const routes: Route[] = []

  /** `on("GET /v1/things/{id}", ...)`; the latest of a kind wins, `open` routes need no token. */
  function on(what: string, run: (call: Call) => Answer, open = false) {
    const [method = "", path = ""] = what.split(" ")
    const names: string[] = []
    const pattern = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      names.push(name)
      return "([^/]+)"
    })
    routes.unshift({ method, pattern: new RegExp(`^${pattern}$`), names, open, run })
  }

  let replaced: Route[] = []
  /** Answers a route otherwise until `restore()`. */
  function replace(what: string, run: (call: Call) => Answer) {
    on(what, run)
    replaced.unshift(...routes.splice(0, 1))
  }
  function restore() {
    replaced = []
  }

  function emit(kind: string, subject: string, payload: LiveEvent["payload"] = {}) {
    for (const send of streams) send({ id: newId(), kind, subject, at: new Date().toISOString(), payload })
  }

  const grant = () => ({
    access_token: `token-${newId()}`,
    token_type: "Bearer",
    expires_in: 900,
    user: state.user,
  })
  const page = (items: unknown[]) => json({ items, next_cursor: null })
  const missing = () => problem("not-found", 404)
  const find = (id = "") => state.workspaces.find((one) => one.id === id)

  on("POST /v1/auth/refresh", () => (state.signedIn ? json(grant()) : problem("unauthenticated", 401)), true)
  on(
    "POST /v1/auth/login",
    ({ body }) => {
      if (body.password !== state.password) return problem("wrong-credentials", 401)
      state.signedIn = true
      return json(grant())
    },
    true,
  )
  on(
    "POST /v1/auth/register",
    ({ body }) => {
      if (body.email === "taken@example.org") return problem("already-exists", 409)
      state.user = makeUser({ email: String(body.email), display_name: String(body.display_name) })
      const made = makeWorkspace(body.workspace as Partial<Workspace>)
      state.workspaces.unshift(made)
      state.accounts.length = 0
      state.deliveries.length = 0
      state.signedIn = true
      return json({ ...grant(), workspace: made }, 201)
    },
    true,
  )
  const leave = () => {
    state.signedIn = false
    return json(undefined, 204)
  }
  on("POST /v1/auth/logout", leave, true)
  on("POST /v1/auth/logout-everywhere", leave)
  on("POST /v1/auth/password", ({ body }) => {
    if (body.current_password !== state.password) return problem("wrong-credentials", 401)
    state.password = String(body.new_password)
    return json(grant())
  })
  on("GET /v1/me", () => json(state.user))
  on("PATCH /v1/me", ({ body, request }) => {
    if (request.headers.get("if-match") !== `"v${state.user.version}"`)
      return problem("precondition-failed", 412)
    state.user = { ...state.user, ...body, version: state.user.version + 1 }
    return json(state.user)
  })
  on("GET /v1/me/sessions", () => json({ items: state.sessions }))
  on("DELETE /v1/me/sessions/{id}", ({ params }) => {
    state.sessions = state.sessions.filter((one) => one.id !== params.id)
    return json(undefined, 204)
  })
  on("GET /v1/workspaces", () => page(state.workspaces))
  on("POST /v1/workspaces", ({ body }) => {
    const made = makeWorkspace(body)
    state.workspaces.push(made)
    return json(made, 201)
  })
  on("GET /v1/workspaces/{w}", ({ params }) => {
    const found = find(params.w)
    return found ? json(found) : missing()
  })
  on("PATCH /v1/workspaces/{w}", ({ params, body, request }) => {
    const found = find(params.w)
    if (!found) return missing()
    const match = request.headers.get("if-match")
    if (match && match !== `"v${found.version}"`) return problem("precondition-failed", 412)
    Object.assign(found, body, { version: found.version + 1 })
    return json(found)
  })
  on("GET /v1/workspaces/{w}/summary", () => json(summarise(state.accounts, state.deliveries)))
  on("GET /v1/workspaces/{w}/members", () => page(state.members))
  on("PATCH /v1/workspaces/{w}/members/{id}", ({ params, body }) => {
    const found = state.members.find((one) => one.user_id === params.id)
    if (!found) return missing()
    found.role = body.role as Role
    return json(found)
  })
  on("DELETE /v1/workspaces/{w}/members/{id}", ({ params }) => {
    state.members = state.members.filter((one) => one.user_id !== params.id)
    return json(undefined, 204)
  })
  on("GET /v1/workspaces/{w}/invites", () => page(state.invites))
  on("POST /v1/workspaces/{w}/invites", ({ body, request }) => {
    const made = makeInvite(body)
    state.invites.push(made)
    return json({ ...made, token: "secret", url: `${new URL(request.url).origin}/invite#secret` }, 201)
  })
  on("DELETE /v1/workspaces/{w}/invites/{id}", ({ params }) => {
    state.invites = state.invites.filter((one) => one.invite_id !== params.id)
    return json(undefined, 204)
  })
  on("POST /v1/invites/accept", ({ body }) =>
    body.token === "secret"
      ? json({ workspace: state.workspaces[1], role: "viewer", joined_at: new Date().toISOString() })
      : missing(),
  )
  const publishing = addPublishRoutes({ state, on, emit, publishAfterMs: options.publishAfterMs ?? 1_200 })
  on("GET /v1/workspaces/{w}/events", ({ request }) => {
    const text = new TextEncoder()
    let send: (event: LiveEvent) => void = () => undefined
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(text.encode("retry: 1000\n: open\n\n"))
        send = (event) =>
          controller.enqueue(
            text.encode(`id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`),
          )
        streams.add(send)
        request.signal.addEventListener("abort", () => streams.delete(send))
      },
      cancel() {
        streams.delete(send)
      },
    })
    return new Response(body, { headers: { "content-type": "text/event-stream" } })
  })

  async function handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    state.calls.push(`${request.method} ${pathname}`)
    for (const { method, pattern, names, open, run } of [...replaced, ...routes]) {
      const match = request.method === method && pattern.exec(pathname)
      if (!match) continue
      if (!open && !request.headers.get("authorization")?.startsWith("Bearer token-"))
        return problem("unauthenticated", 401)
      const isJson = request.headers.get("content-type")?.startsWith("application/json")
      const text = isJson ? await request.text() : ""
      const params = Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? ""]))
      return run({ request, params, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} })
    }
    return missing()
  }

  const node = { state, handle, emit, on, replace, restore, workspace, ...publishing }
  teachConnect(node)
  teachOperations(node)
  return node
}
