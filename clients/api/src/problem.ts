import type { components } from "./schema"

type Problem = components["schemas"]["Problem"]
export type FieldError = components["schemas"]["FieldError"]

/** The node's problem types without their prefix, and two that never reached a node. */
export type ProblemKind =
  | (Problem["type"] extends `urn:troupe:problem:${infer K}` ? K : never)
  | "offline"
  | "unknown"

const prefix = "urn:troupe:problem:"

/** Every failure of a call. Decide by `kind`; show `detail` (written for a person) and `requestId`. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem"
  readonly kind: ProblemKind
  readonly status: number
  readonly detail: string | undefined
  readonly errors: readonly FieldError[]
  readonly requestId: string | undefined
  /** Seconds the node asked to wait. */
  readonly retryAfterS: number | undefined

  constructor(of: {
    kind: ProblemKind
    status: number
    title: string
    detail?: string
    errors?: readonly FieldError[]
    requestId?: string
    retryAfterS?: number
    cause?: unknown
  }) {
    super(of.title, { cause: of.cause })
    this.kind = of.kind
    this.status = of.status
    this.detail = of.detail
    this.errors = of.errors ?? []
    this.requestId = of.requestId
    this.retryAfterS = of.retryAfterS
  }

  /** Whether the same call may succeed later without the person changing anything. */
  get transient(): boolean {
    return this.kind === "offline" || this.status === 429 || this.status === 408 || this.status >= 500
  }

  /** The error of one field of the request body, by its JSON pointer. */
  field(pointer: string): FieldError | undefined {
    return this.errors.find((error) => error.pointer === pointer)
  }
}

export function isProblem(error: unknown, kind?: ProblemKind): error is ApiProblem {
  return error instanceof ApiProblem && (kind === undefined || error.kind === kind)
}

/** Seconds from `Retry-After`, which is a number or a date. */
export function retryAfterS(headers: Headers, now = Date.now()): number | undefined {
  const value = headers.get("retry-after")
  if (value === null) return undefined
  if (/^\d+$/.test(value)) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000))
}

function looksLikeProblem(body: unknown): body is Partial<Problem> {
  return typeof body === "object" && body !== null
}

/** Makes the error of a failed answer. A proxy's HTML page becomes `unknown` rather than a parse error. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const problem: Partial<Problem> = looksLikeProblem(body) ? body : {}
  const kind = problem.type?.startsWith(prefix)
    ? (problem.type.slice(prefix.length) as ProblemKind)
    : "unknown"
  return new ApiProblem({
    kind,
    status: response.status,
    title: problem.title ?? `HTTP ${response.status}`,
    detail: typeof problem.detail === "string" ? problem.detail : undefined,
    errors: Array.isArray(problem.errors) ? problem.errors : undefined,
    requestId: response.headers.get("x-request-id") ?? undefined,
    retryAfterS: retryAfterS(response.headers),
  })
}

/** The call never got an answer. An abort by the caller is passed on as it is. */
export function offlineProblem(cause: unknown): unknown {
  if (cause instanceof ApiProblem) return cause
  if (cause instanceof DOMException && cause.name === "AbortError") return cause
  return new ApiProblem({ kind: "offline", status: 0, title: "The server cannot be reached", cause })
}
