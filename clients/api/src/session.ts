import { ApiProblem, isProblem } from "./problem"
import type { components } from "./schema"
import type { User } from "./types"

/** What signing in, or a refresh, gives. `refresh_token` is absent where a cookie carries it. */
export type Grant = Omit<components["schemas"]["Session"], "token_type">

/**
 * `unknown` until the first refresh was tried; `expired` when a session that was in use ended by itself: the page stays,
 * and asks for the password over it.
 */
export type SessionState =
  | { kind: "unknown" }
  | { kind: "signed_out" }
  | { kind: "signed_in"; user: User }
  | { kind: "expired"; user: User }

/** Runs one task at a time among everyone who shares the refresh token: Web Locks between tabs, a queue elsewhere. */
export type Exclusive = <T>(task: () => Promise<T>) => Promise<T>

export type SessionMessage = { type: "granted"; grant: Grant; expires_at: number } | { type: "signed_out" }

/** How tabs tell each other; the web gives a BroadcastChannel, a phone needs none. */
export type SessionChannel = {
  post(message: SessionMessage): void
  listen(listener: (message: SessionMessage) => void): void
}

export type SessionOptions = {
  /** Asks the node for a new access token with the refresh token; rejects with an `ApiProblem`. */
  renew: () => Promise<Grant>
  exclusive?: Exclusive
  channel?: SessionChannel
  now?: () => number
}

/** A queue of one for clients that share nothing with others. */
export function inProcess(): Exclusive {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const run = last.then(task, task)
    last = run.catch(() => undefined)
    return run
  }
}

const earlyMs = 20_000

/** The one place that knows the access token. It lives in memory only. */
export class Session {
  #state: SessionState = { kind: "unknown" }
  #token: string | undefined
  #expiresAt = 0
  #refreshing: Promise<string> | undefined
  #listeners = new Set<() => void>()
  #renew: () => Promise<Grant>
  #exclusive: Exclusive
  #channel: SessionChannel | undefined
  #now: () => number

  constructor(options: SessionOptions) {
    this.#renew = options.renew
    this.#exclusive = options.exclusive ?? inProcess()
    this.#channel = options.channel
    this.#now = options.now ?? Date.now
    this.#channel?.listen((message) => {
      if (message.type === "signed_out") this.#become({ kind: "signed_out" })
      else if (!this.#belongsToAnother(message.grant.user)) this.#take(message.grant, message.expires_at)
    })
  }

  get state(): SessionState {
    return this.#state
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** After a sign-in or a registration. */
  adopt(grant: Grant): void {
    const expiresAt = this.#now() + grant.expires_in * 1000
    this.#take(grant, expiresAt)
    this.#channel?.post({ type: "granted", grant, expires_at: expiresAt })
  }

  /** The profile changed. */
  update(user: User): void {
    if (this.#state.kind === "signed_in") this.#become({ kind: "signed_in", user })
  }

  /** There is none here to begin with; other tabs keep theirs. */
  none(): void {
    if (this.#state.kind === "unknown") this.#become({ kind: "signed_out" })
  }

  /** After a sign-out; other tabs follow. */
  end(): void {
    this.#become({ kind: "signed_out" })
    this.#channel?.post({ type: "signed_out" })
  }

  /** A token that is good for some seconds, renewed first where it is not. Rejects when there is no session. */
  async token(): Promise<string> {
    if (this.#token !== undefined && this.#now() < this.#expiresAt - earlyMs) return this.#token
    return this.refresh(this.#token)
  }

  /**
   * A new token instead of `stale`; however many ask at once, the node is asked once. Whoever waited for another tab's
   * refresh takes that tab's token.
   */
  refresh(stale: string | undefined): Promise<string> {
    if (this.#token !== undefined && this.#token !== stale) return Promise.resolve(this.#token)
    // The node has refused: only a sign-in helps. To ask again would be to race with it.
    if (this.#state.kind === "expired")
      return Promise.reject(
        new ApiProblem({ kind: "unauthenticated", status: 401, title: "Your session has ended" }),
      )
    this.#refreshing ??= this.#exclusive(async () => {
      if (this.#token !== undefined && this.#token !== stale) return this.#token
      const grant = await this.#renew()
      if (this.#belongsToAnother(grant.user)) {
        // Someone else signed in in another tab: their session must not act on this person's page.
        this.#become({ kind: "signed_out" })
        throw new ApiProblem({ kind: "unauthenticated", status: 401, title: "Another user has signed in" })
      }
      this.adopt(grant)
      return grant.access_token
    })
      .catch((error: unknown) => {
        // Busy or unreachable is no verdict; every other refusal is.
        // Somebody signed in meanwhile: the refusal was of what went before.
        if (this.#token !== undefined && this.#token !== stale) return this.#token
        if (isProblem(error) && error.status !== 0 && !error.transient) this.#lose()
        throw error
      })
      .finally(() => {
        this.#refreshing = undefined
      })
    return this.#refreshing
  }

  #belongsToAnother(user: User): boolean {
    return "user" in this.#state && this.#state.user.id !== user.id
  }

  #lose(): void {
    if (this.#state.kind === "signed_in") this.#become({ kind: "expired", user: this.#state.user })
    else if (this.#state.kind === "unknown") this.#become({ kind: "signed_out" })
  }

  #take(grant: Grant, expiresAt: number): void {
    this.#token = grant.access_token
    this.#expiresAt = expiresAt
    this.#become({ kind: "signed_in", user: grant.user })
  }

  #become(state: SessionState): void {
    if (state.kind !== "signed_in") this.#token = undefined
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
