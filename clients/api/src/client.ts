import createFetchClient, { type Client } from "openapi-fetch"
import { problemOf } from "./problem"
import type { paths } from "./schema"
import { type Exclusive, Session, type SessionChannel } from "./session"
import { createTransport, type Fetch } from "./transport"

export type TroupeClient = {
  /** Typed calls: `http.GET("/v1/me")`. Give the promise to `unwrap`. */
  http: Client<paths>
  /** The same transport for what the generated types cannot say: streams and uploads. */
  fetch: Fetch
  session: Session
  baseUrl: string
}

export type TroupeClientOptions = {
  /** Absolute, without a slash at the end. */
  baseUrl: string
  exclusive?: Exclusive
  channel?: SessionChannel
  fetch?: Fetch
  timeoutMs?: number
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The client of a browser: the refresh token lives in an HttpOnly cookie that script never sees. */
export function createTroupeClient(options: TroupeClientOptions): TroupeClient {
  const session: Session = new Session({
    renew: () => unwrap(http.POST("/v1/auth/refresh", { body: {} })),
    exclusive: options.exclusive,
    channel: options.channel,
  })
  const fetch = createTransport({ ...options, session })
  const http = createFetchClient<paths>({ baseUrl: options.baseUrl, fetch, credentials: "same-origin" })
  return { http, fetch, session, baseUrl: options.baseUrl }
}

/** The data of an answer, or its `ApiProblem` thrown. */
export async function unwrap<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw problemOf(response, error)
  return data as T
}

/** The items of all pages, up to a limit that a screen can bear. */
export async function allPages<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor: string | null }>,
  atMost = 1_000,
): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const { items: more, next_cursor } = await page(cursor)
    items.push(...more)
    cursor = next_cursor ?? undefined
  } while (cursor !== undefined && items.length < atMost)
  return items
}
