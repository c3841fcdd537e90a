import { describe, expect, it, vi } from "vitest"
import { createTroupeClient, unwrap } from "./client"
import { ApiProblem, isProblem } from "./problem"
import type { Grant, SessionChannel, SessionMessage } from "./session"

const user = {
  id: "u1",
  email: "ada@example.org",
  display_name: "Ada",
  created_at: "2026-01-01T00:00:00Z",
  version: 1,
  operator: false,
}
const other = { ...user, id: "u2" }
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })
const refused = (kind: string, status: number, headers: Record<string, string> = {}) =>
  json({ type: `urn:troupe:problem:${kind}`, title: kind, status }, status, {
    "x-request-id": "r1",
    ...headers,
  })

/** A client whose node is `answer`; refreshes are counted and give `t1`, `t2`, ... */
function aut(
  answer: (request: Request) => Response | Promise<Response>,
  more: { channel?: SessionChannel } = {},
) {
  const seen: Request[] = []
  let refreshes = 0
  const client = createTroupeClient({
    baseUrl: "http://node.test",
    sleep: vi.fn(async () => undefined),
    ...more,
    fetch: async (request) => {
      seen.push(request.clone())
      if (new URL(request.url).pathname !== "/v1/auth/refresh") return answer(request)
      refreshes += 1
      return json({ access_token: `t${refreshes}`, token_type: "Bearer", expires_in: 900, user })
    },
  })
  return { client, seen, refreshes: () => refreshes }
}

describe("the transport", () => {
  it("asks for one refresh however many calls need a token", async () => {
    const { client, refreshes, seen } = aut(() => json(user))
    await Promise.all(Array.from({ length: 8 }, () => unwrap(client.http.GET("/v1/me"))))
    expect(refreshes()).toBe(1)
    expect(seen.filter((one) => one.headers.get("authorization") === "Bearer t1")).toHaveLength(8)
    expect(seen.every((one) => one.headers.get("x-troupe-client") === "web")).toBe(true)
  })

  it("renews a refused token once for all, and repeats each call with the new one", async () => {
    const { client, refreshes } = aut((request) =>
      request.headers.get("authorization") === "Bearer t1" ? refused("unauthenticated", 401) : json(user),
    )
    await Promise.all([1, 2, 3].map(() => unwrap(client.http.GET("/v1/me"))))
    expect(refreshes()).toBe(2)
  })

  it("gives up after one renewal instead of asking for ever", async () => {
    const { client, refreshes } = aut(() => refused("unauthenticated", 401))
    await expect(unwrap(client.http.GET("/v1/me"))).rejects.toMatchObject({
      kind: "unauthenticated",
      status: 401,
    })
    expect(refreshes()).toBe(2)
  })

  it("does not take a wrong password for a refused token", async () => {
    const { client, refreshes } = aut(() => refused("wrong-credentials", 401))
    const body = { current_password: "a", new_password: "correct horse battery" }
    const call = unwrap(client.http.POST("/v1/auth/password", { body }))
    await expect(call).rejects.toMatchObject({ kind: "wrong-credentials" })
    expect(refreshes()).toBe(1)
  })

  it("waits out Retry-After and repeats a POST under the same idempotency key", async () => {
    let calls = 0
    const { client, seen } = aut(() => {
      calls += 1
      return calls === 1 ? refused("rate-limited", 429, { "retry-after": "2" }) : json({ id: "w" }, 201)
    })
    await unwrap(client.http.POST("/v1/workspaces", { body: { name: "Bakery", time_zone: "UTC" } }))
    const keys = seen
      .filter((one) => one.url.endsWith("/workspaces"))
      .map((one) => one.headers.get("idempotency-key"))
    expect(keys).toHaveLength(2)
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(new Set(keys).size).toBe(1)
  })

  it("hands a long Retry-After to the caller", async () => {
    const { client } = aut(() => refused("rate-limited", 429, { "retry-after": "60" }))
    await expect(unwrap(client.http.GET("/v1/me"))).rejects.toMatchObject({
      retryAfterS: 60,
      requestId: "r1",
    })
  })

  it("does not repeat a PATCH that was turned away", async () => {
    let calls = 0
    const { client } = aut(() => {
      calls += 1
      return refused("overloaded", 503, { "retry-after": "1" })
    })
    await expect(unwrap(client.http.PATCH("/v1/me", { body: { display_name: "A" } }))).rejects.toBeInstanceOf(
      ApiProblem,
    )
    expect(calls).toBe(1)
  })

  it("says offline where nothing answers, and unknown where a proxy speaks HTML", async () => {
    const dead = aut(() => Promise.reject(new TypeError("fetch failed")))
    await expect(unwrap(dead.client.http.GET("/v1/me"))).rejects.toMatchObject({
      kind: "offline",
      transient: true,
    })
    const proxy = aut(() => new Response("<h1>Bad gateway</h1>", { status: 502 }))
    await expect(unwrap(proxy.client.http.GET("/v1/me"))).rejects.toMatchObject({
      kind: "unknown",
      status: 502,
    })
  })
})

describe("the session", () => {
  it("expires, and keeps the person, when the refresh is refused", async () => {
    let alive = true
    const client = createTroupeClient({
      baseUrl: "http://node.test",
      fetch: async (request) => {
        if (!alive || !request.url.endsWith("/refresh")) return refused("unauthenticated", 401)
        return json({ access_token: "t", token_type: "Bearer", expires_in: 900, user })
      },
    })
    await client.session.refresh(undefined)
    alive = false
    await unwrap(client.http.GET("/v1/me")).catch((error: unknown) => expect(isProblem(error)).toBe(true))
    expect(client.session.state).toEqual({ kind: "expired", user })
  })

  it("asks no more once it has expired, and a refusal that comes late ends no new session", async () => {
    const asked: ((answer: Response) => void)[] = []
    const grant: Grant = { access_token: "t9", expires_in: 900, user }
    const client = createTroupeClient({
      baseUrl: "http://node.test",
      sleep: async () => undefined,
      fetch: (request) =>
        new URL(request.url).pathname === "/v1/auth/refresh"
          ? new Promise((answer) => asked.push(answer))
          : Promise.resolve(json(user)),
    })
    client.session.adopt({ ...grant, access_token: "t1" })
    const late = client.session.refresh("t1")
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    client.session.adopt(grant) // signed in again
    asked[0]?.(refused("unauthenticated", 401))
    expect(await late).toBe("t9")
    expect(client.session.state).toEqual({ kind: "signed_in", user })

    const last = client.session.refresh("t9")
    await vi.waitFor(() => expect(asked).toHaveLength(2))
    asked[1]?.(refused("unauthenticated", 401))
    await expect(last).rejects.toMatchObject({ status: 401 })
    expect(client.session.state).toEqual({ kind: "expired", user })
    await expect(client.session.token()).rejects.toMatchObject({ kind: "unauthenticated" })
    expect(asked).toHaveLength(2)
    client.session.adopt(grant)
    expect(await client.session.token()).toBe("t9")
  })

  it("stays as it is while the node cannot be reached", async () => {
    const client = createTroupeClient({
      baseUrl: "http://node.test",
      fetch: () => Promise.reject(new TypeError("down")),
    })
    await expect(client.session.refresh(undefined)).rejects.toMatchObject({ kind: "offline" })
    expect(client.session.state.kind).toBe("unknown")
  })

  it("takes another tab's token instead of refreshing, and follows its sign-out", async () => {
    const said: SessionMessage[] = []
    let hear: (message: SessionMessage) => void = () => undefined
    const channel: SessionChannel = {
      post: (message) => said.push(message),
      listen: (listener) => (hear = listener),
    }
    const { client, refreshes } = aut(() => json(user), { channel })
    const grant: Grant = { access_token: "theirs", expires_in: 900, user }
    hear({ type: "granted", grant, expires_at: Date.now() + 900_000 })
    expect(await client.session.token()).toBe("theirs")
    expect(refreshes()).toBe(0)
    hear({ type: "signed_out" })
    expect(client.session.state.kind).toBe("signed_out")
    expect(said).toEqual([])
  })

  it("never acts for another person who signed in in another tab", async () => {
    let hear: (message: SessionMessage) => void = () => undefined
    const channel: SessionChannel = { post: () => undefined, listen: (listener) => (hear = listener) }
    const { client } = aut(() => json(user), { channel })
    client.session.adopt({ access_token: "mine", expires_in: 900, user })
    hear({
      type: "granted",
      grant: { access_token: "theirs", expires_in: 900, user: other },
      expires_at: Date.now() + 9e5,
    })
    expect(await client.session.token()).toBe("mine")
  })
})
