import { newIdempotencyKey, takesIdempotencyKey } from "./idempotency"
import { offlineProblem, retryAfterS } from "./problem"
import type { Session } from "./session"

export type Fetch = (request: Request) => Promise<Response>

export type TransportOptions = {
  session: Session
  /** Read at each call, so that a test may replace it. */
  fetch?: Fetch
  /** Longest wait for one answer. */
  timeoutMs?: number
  /** Longest `Retry-After` that is waited out here; a longer one is the caller's to show. */
  retryAfterLimitS?: number
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

const retriesAtMost = 2
const sessionPath = /^\/v1\/auth\/(register|login|refresh|logout)$/

export function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop)
      resolve()
    }, ms)
    signal.addEventListener("abort", stop, { once: true })
  })
}

/**
 * A `fetch` that speaks to the node: names the client, carries the access token, renews it once after a 401, gives a POST
 * its idempotency key, and waits out a short `Retry-After` where a repeat is harmless.
 */
export function createTransport(options: TransportOptions): Fetch {
  const send: Fetch = options.fetch ?? ((request) => globalThis.fetch(request))
  const timeoutMs = options.timeoutMs ?? 30_000
  const limitS = options.retryAfterLimitS ?? 5
  const sleep = options.sleep ?? sleepUntil

  async function once(request: Request, token: string | undefined): Promise<Response> {
    const copy = request.clone()
    if (token !== undefined) copy.headers.set("authorization", `Bearer ${token}`)
    try {
      // A stream has no end to wait for; its reader watches for silence instead.
      if (copy.headers.get("accept") === "text/event-stream") return await send(copy)
      return await send(
        new Request(copy, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]) }),
      )
    } catch (error) {
      throw offlineProblem(request.signal.aborted ? request.signal.reason : error)
    }
  }

  return async (request) => {
    const { pathname } = new URL(request.url)
    request.headers.set("x-troupe-client", "web")
    if (takesIdempotencyKey(request.method, pathname) && !request.headers.has("idempotency-key"))
      request.headers.set("idempotency-key", newIdempotencyKey())
    const open = sessionPath.test(pathname)
    const harmless = ["GET", "HEAD"].includes(request.method) || request.headers.has("idempotency-key")

    let token = open ? undefined : await options.session.token()
    let renewed = false
    for (let retries = 0; ; ) {
      const response = await once(request, token)
      if (response.status === 401 && !open && !renewed && (await isTokenRefused(response))) {
        renewed = true
        token = await options.session.refresh(token)
        continue
      }
      const wait = retryAfterS(response.headers)
      const busy = response.status === 429 || response.status === 503
      if (!busy || !harmless || wait === undefined || wait > limitS || retries >= retriesAtMost)
        return response
      retries += 1
      await response.body?.cancel()
      await sleep(wait * 1000, request.signal)
    }
  }
}

/** `wrong-credentials` is a 401 about a password that was typed, not about the token. */
async function isTokenRefused(response: Response): Promise<boolean> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const type = typeof body === "object" && body !== null && "type" in body ? body.type : undefined
  return type !== "urn:troupe:problem:wrong-credentials"
}
