import type { Account, Delivery, LiveEvent, Post } from "@troupe/api"
import { delay } from "msw"
import { makeDelivery, makePost } from "./fake-data"
import { instantOf } from "./fake-instant"
import { addLedgerRoutes } from "./fake-ledger"
import { addMediaRoutes } from "./fake-media"
import { type Call, json, type On, problem } from "./fake-node"

type State = {
  posts: Map<string, Post>
  accounts: Account[]
  workspaces: { id: string; time_zone: string }[]
  deliveries: Delivery[]
}
type Frame = {
  state: State
  on: On
  emit: (kind: string, subject: string, payload?: LiveEvent["payload"]) => void
  publishAfterMs: number
}

type Input = { account_id: string; text?: string | null; title?: string | null; media?: Post["media"] | null }

/** Posts, deliveries, ledgers and images of the node in memory, with versions and the refusals that pages draw. */
export function addPublishRoutes({ state, on, emit, publishAfterMs }: Frame) {
  const { note, recall } = addLedgerRoutes(on)
  const { addMedia } = addMediaRoutes(on)
  const missing = () => problem("not-found", 404)
  const find = ({ params }: Call) => state.posts.get(params.id ?? "")

  function deliveriesOf(post: Post, targets: Input[]): Delivery[] {
    return targets.map((target) => {
      const kept = post.deliveries.find((one) => one.account_id === target.account_id)
      const own = (["text", "title", "media"] as const).filter((field) => target[field] != null)
      return makeDelivery({
        ...(kept ?? { state: "draft", due_at: null }),
        post_id: post.id,
        workspace_id: post.workspace_id,
        account_id: target.account_id,
        platform: state.accounts.find((one) => one.id === target.account_id)?.platform ?? "sandbox",
        text: target.text ?? post.text,
        title: target.title ?? post.title,
        media: target.media ?? post.media,
        overrides: own,
      })
    })
  }

  /** Stores the next version and tells the streams. */
  function put(post: Post, change: Partial<Post>, kind = "post.updated"): Post {
    const next = { ...post, ...change, version: post.version + 1, updated_at: new Date().toISOString() }
    state.posts.set(next.id, next)
    emit(kind, next.id)
    return next
  }

  function all(
    post: Post,
    to: Delivery["state"],
    reason: string,
    change: Partial<Delivery> = {},
  ): Delivery[] {
    return post.deliveries.map((one) => {
      if (one.state === "published" || one.state === "cancelled") return one
      const moved = { ...one, state: to, ...change }
      note(moved, one.state, reason)
      return moved
    })
  }

  function stale({ request }: Call, post: Post): Response | undefined {
    const match = request.headers.get("if-match")
    return match && match !== `"v${post.version}"` ? problem("precondition-failed", 412) : undefined
  }

  const gone = (post: Post) =>
    post.deliveries.some(({ state }) => state === "sending" || state === "published")

  function publish(id: string) {
    const post = state.posts.get(id)
    if (post?.state !== "scheduled") return
    const at = new Date().toISOString()
    put(
      post,
      {
        state: "published",
        deliveries: all(post, "published", "published", {
          published_at: at,
          lateness_ms: 12,
          attempt: 1,
          permalink: "https://example.org/p/1",
          error: null,
        }),
      },
      "delivery.published",
    )
  }

  function schedule(post: Post, at: Date, local: string | null, zone: string, reason = "scheduled"): Post {
    const scheduled = put(
      post,
      {
        state: "scheduled",
        scheduled_at: at.toISOString(),
        schedule_local: local === null ? null : { local: `${local}:00`, zone },
        deliveries: all(post, "scheduled", reason, { due_at: at.toISOString(), error: null }),
      },
      "post.scheduled",
    )
    const wait = Math.max(publishAfterMs, at.getTime() - Date.now())
    if (wait === 0)
      publish(post.id) // its event is quicker than this answer
    else if (wait < 120_000) setTimeout(() => publish(post.id), wait)
    return scheduled
  }

  function issuesOf(post: Post) {
    return post.deliveries.flatMap((one) => {
      const account = state.accounts.find(({ id }) => id === one.account_id)
      if (!account) return []
      const count = one.text.length
      const limit = account.limits.max_text
      return limit > 0 && count > limit
        ? [
            {
              account_id: account.id,
              field: "text",
              code: "too-long",
              detail: `${account.handle}: ${count} graphemes, allowed are ${limit}`,
              limit,
              count,
            },
          ]
        : []
    })
  }

  on("GET /v1/workspaces/{w}/posts", ({ request }) => {
    const { searchParams } = new URL(request.url)
    const states = searchParams.getAll("state")
    const account = searchParams.get("account_id")
    const [from, to] = [searchParams.get("from"), searchParams.get("to")]
    const order = searchParams.get("order") ?? "created_desc"
    const limit = Number(searchParams.get("limit") ?? 50)
    const begin = Number(searchParams.get("cursor") ?? 0)
    const key = (post: Post) => (order.startsWith("scheduled") ? (post.scheduled_at ?? "") : post.created_at)
    const found = [...state.posts.values()]
      .filter((post) => states.length === 0 || states.includes(post.state))
      .filter((post) => !account || post.deliveries.some((one) => one.account_id === account))
      .filter((post) => !order.startsWith("scheduled") || post.scheduled_at !== null)
      .filter(
        (post) => !from || (post.scheduled_at !== null && Date.parse(post.scheduled_at) >= Date.parse(from)),
      )
      .filter((post) => !to || (post.scheduled_at !== null && Date.parse(post.scheduled_at) < Date.parse(to)))
      .sort((a, b) => key(a).localeCompare(key(b)) * (order.endsWith("desc") ? -1 : 1))
    const end = begin + limit
    return json({ items: found.slice(begin, end), next_cursor: end < found.length ? String(end) : null })
  })
  on("POST /v1/workspaces/{w}/posts", ({ body, params }) => {
    const made = makePost({
      workspace_id: params.w,
      text: String(body.text),
      title: (body.title as string | null) ?? null,
      media: (body.media as Post["media"]) ?? [],
      scheduled_at: null,
    })
    made.deliveries = deliveriesOf(made, (body.targets as Input[]) ?? [])
    for (const one of made.deliveries) note(one, null, "created")
    state.posts.set(made.id, made)
    return json(made, 201)
  })
  on("GET /v1/workspaces/{w}/posts/{id}", (call) => {
    const post = find(call)
    return post ? json(post) : missing()
  })
  on("PATCH /v1/workspaces/{w}/posts/{id}", (call) => {
    const post = find(call)
    if (!post) return missing()
    const refused = stale(call, post)
    if (refused) return refused
    if (gone(post)) return problem("already-sending", 409)
    const { targets, ...fields } = call.body
    const next = { ...post, ...(fields as Partial<Post>) }
    const wanted =
      (targets as Input[] | undefined) ??
      post.deliveries.map((one) => ({
        account_id: one.account_id,
        text: one.overrides.includes("text") ? one.text : null,
        title: one.overrides.includes("title") ? one.title : null,
        media: one.overrides.includes("media") ? one.media : null,
      }))
    return json(put(next, { deliveries: deliveriesOf(next, wanted) }))
  })
  on("DELETE /v1/workspaces/{w}/posts/{id}", (call) => {
    const post = find(call)
    if (!post) return missing()
    const refused = stale(call, post)
    if (refused) return refused
    state.posts.delete(post.id)
    return json(undefined, 204)
  })
  on("POST /v1/workspaces/{w}/posts/{id}/validate", (call) => {
    const post = find(call)
    if (!post) return missing()
    const issues = issuesOf(post)
    return json({ valid: issues.length === 0, issues })
  })
  on("POST /v1/workspaces/{w}/posts/{id}/schedule", (call) => {
    const post = find(call)
    if (!post) return missing()
    const refused = stale(call, post)
    if (refused) return refused
    if (gone(post)) return problem("already-sending", 409)
    const { at, local, zone: named, if_ambiguous } = call.body as Record<string, string | undefined>
    const zone = named ?? state.workspaces.find(({ id }) => id === call.params.w)?.time_zone ?? "UTC"
    const instant = instantOf({ at, local, zone, if_ambiguous })
    if (instant instanceof Response) return instant
    const issues = issuesOf(post)
    if (issues.length > 0)
      return problem("validation-failed", 422, {
        detail: "the post cannot be scheduled as it is",
        errors: issues.map(({ code, detail }, at) => ({ pointer: `/deliveries/${at}/text`, code, detail })),
      })
    return json(schedule(post, instant, local ?? null, zone))
  })
  for (const [path, to, reason] of [
    ["unschedule", "draft", "taken off the schedule"],
    ["cancel", "cancelled", "cancelled by a member"],
  ] as const)
    on(`POST /v1/workspaces/{w}/posts/{id}/${path}`, (call) => {
      const post = find(call)
      if (!post) return missing()
      const refused = stale(call, post)
      if (refused) return refused
      if (gone(post)) return problem("already-sending", 409)
      const change = to === "draft" ? { scheduled_at: null, schedule_local: null } : {}
      const due = to === "draft" ? { due_at: null } : {}
      return json(put(post, { state: to, ...change, deliveries: all(post, to, reason, due) }))
    })
  on("POST /v1/workspaces/{w}/posts/{id}/publish-now", async (call) => {
    const post = find(call)
    if (!post) return missing()
    const answer = stale(call, post) ?? json(schedule(post, new Date(), null, "UTC", "publish now"))
    if (publishAfterMs === 0) await delay(200) // longer than its event takes
    return answer
  })

  function findDelivery(id = ""): [Post, Delivery] | undefined {
    for (const post of state.posts.values()) {
      const one = post.deliveries.find((delivery) => delivery.id === id)
      if (one) return [post, one]
    }
    return undefined
  }
  function act(what: string, from: Delivery["state"][], to: (call: Call) => [Delivery["state"], string]) {
    on(`POST /v1/workspaces/{w}/deliveries/{id}/${what}`, (call) => {
      const found = findDelivery(call.params.id)
      if (!found) return missing()
      const [post, one] = found
      if (!from.includes(one.state)) return problem("conflict", 409, { detail: `It is ${one.state}.` })
      const [next, reason] = to(call)
      const moved = { ...one, state: next, error: null }
      note(moved, one.state, reason)
      const deliveries = post.deliveries.map((other) => (other.id === one.id ? moved : other))
      put(post, { state: next, deliveries }, `delivery.${next}`)
      return json(moved)
    })
  }
  act("retry", ["failed"], () => ["scheduled", "retried by a member"])
  act("cancel", ["draft", "scheduled", "failed", "needs_review"], () => [
    "cancelled",
    "cancelled by a member",
  ])
  act("resolve", ["needs_review"], ({ body }) =>
    body.as === "published"
      ? ["published", "a member says that it is published"]
      : ["scheduled", "a member says that it is not published"],
  )
  /** Puts a post into the node, for a test or a picture. */
  function add(of: Partial<Post>, deliveries: Partial<Delivery>[] = []): Post {
    const made = makePost(of)
    made.deliveries = deliveries.map((one, at) =>
      makeDelivery({
        post_id: made.id,
        workspace_id: made.workspace_id,
        account_id: state.accounts[at]?.id,
        platform: state.accounts[at]?.platform,
        text: made.text,
        media: made.media,
        state: made.state as Delivery["state"],
        due_at: made.scheduled_at,
        ...one,
      }),
    )
    for (const one of made.deliveries) recall(one, made.created_at)
    state.posts.set(made.id, made)
    return made
  }

  return { add, put, addMedia }
}
