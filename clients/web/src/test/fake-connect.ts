import type { Account, Platform } from "@troupe/api"
import { ago, limits, makeAccount, newId } from "./fake-data"
import { json, type On, problem } from "./fake-node"

export function makePlatform(of: Partial<Platform> = {}): Platform {
  return {
    id: "sandbox",
    name: "Sandbox",
    connect: "credentials",
    fields: [
      { name: "handle", label: "Handle", secret: false, required: true, help: "Any name." },
      {
        name: "behaviour",
        label: "Behaviour",
        secret: false,
        required: false,
        help: "How this account's network misbehaves: ok, slow, error-500.",
      },
    ],
    guarantee: "exactly_once",
    key_window_s: null,
    limits,
    capabilities: {
      two_phase: false,
      can_find: true,
      absence_is_proof: true,
      safe_repeat: true,
      repeat_while_running: true,
    },
    ...of,
  }
}

export const platforms: Platform[] = [
  makePlatform({
    id: "bluesky",
    name: "Bluesky",
    fields: [
      { name: "server", label: "Server", secret: false, required: false, help: "Where the account lives." },
      { name: "identifier", label: "Handle", secret: false, required: true, help: "Handle or DID." },
      { name: "app_password", label: "App password", secret: true, required: true, help: "Made in the app." },
    ],
  }),
  makePlatform({
    id: "mastodon",
    name: "Mastodon",
    connect: "oauth",
    fields: [
      { name: "server", label: "Server", secret: false, required: true, help: "Such as mastodon.social." },
      { name: "access_token", label: "Access token", secret: true, required: false, help: "Instead." },
    ],
    guarantee: "exactly_once_within_window",
    key_window_s: 3_600,
    capabilities: {
      two_phase: false,
      can_find: true,
      absence_is_proof: false,
      safe_repeat: true,
      repeat_while_running: false,
    },
  }),
  makePlatform({
    id: "wordpress",
    name: "WordPress",
    fields: [
      { name: "server", label: "Site", secret: false, required: true, help: "Address of the site." },
      { name: "username", label: "User name", secret: false, required: true, help: "Who may publish." },
      {
        name: "app_password",
        label: "Application password",
        secret: true,
        required: true,
        help: "Made there.",
      },
    ],
  }),
  makePlatform(),
]

type Node = {
  state: { accounts: Account[]; calls: string[] }
  on: On
  emit: (kind: string, subject: string) => void
}

/** Networks and accounts. "refuse-me" is a handle or password that no network takes. */
export function teachConnect({ state, on, emit }: Node): void {
  const at = (id = "") => state.accounts.findIndex((one) => one.id === id)
  const refused = (field: string) =>
    problem("validation-failed", 422, {
      errors: [
        { pointer: `/fields/${field}`, code: "credentials-refused", detail: "The network refused this." },
      ],
    })

  function change(id: string | undefined, of: Partial<Account>, kind: string): Response {
    const found = state.accounts[at(id)]
    if (!found) return problem("not-found", 404)
    const now = { ...found, ...of, version: found.version + 1, last_checked_at: ago(0) }
    state.accounts[at(id)] = now
    if (now.state !== found.state) emit(kind, now.id)
    return json(now)
  }

  on("GET /v1/platforms", () => json({ items: platforms }))
  on("GET /v1/workspaces/{w}/accounts", () => json({ items: state.accounts, next_cursor: null }))
  on("GET /v1/workspaces/{w}/accounts/{id}", ({ params }) => {
    const found = state.accounts[at(params.id)]
    return found ? json(found) : problem("not-found", 404)
  })
  on("POST /v1/workspaces/{w}/accounts", ({ body }) => {
    const fields = body.fields as Record<string, string>
    const wrong = Object.keys(fields).find((name) => fields[name] === "refuse-me")
    if (wrong) return refused(wrong)
    const handle = fields.handle ?? fields.identifier ?? fields.username ?? "someone"
    if (state.accounts.some((one) => one.platform === body.platform && one.handle === handle))
      return problem("already-exists", 409)
    const made = makeAccount({ platform: String(body.platform), handle, display_name: handle })
    state.accounts.push(made)
    emit("account.connected", made.id)
    return json(made, 201)
  })
  on("DELETE /v1/workspaces/{w}/accounts/{id}", ({ params }) => {
    change(params.id, { state: "disconnected", state_reason: null }, "account.disconnected")
    return json(undefined, 204)
  })
  on("POST /v1/workspaces/{w}/accounts/{id}/check", ({ params }) => change(params.id, {}, ""))
  on("POST /v1/workspaces/{w}/accounts/{id}/pause", ({ params }) =>
    change(params.id, { state: "paused", state_reason: "Paused by a member." }, "account.paused"),
  )
  on("POST /v1/workspaces/{w}/accounts/{id}/resume", ({ params }) =>
    change(params.id, { state: "active", state_reason: null }, "account.active"),
  )
  on("POST /v1/workspaces/{w}/accounts/{id}/reconnect", ({ params, body }) => {
    const fields = body.fields as Record<string, string>
    const wrong = Object.keys(fields).find((name) => fields[name] === "refuse-me")
    if (wrong) return refused(wrong)
    return change(params.id, { state: "active", state_reason: null }, "account.reconnected")
  })

  const flows = new Map<string, { account: Account; id: string | null }>()
  on("POST /v1/workspaces/{w}/accounts/oauth", ({ body }) => {
    const { server } = body.fields as { server: string }
    if (!String(body.return_url).startsWith("http"))
      return problem("validation-failed", 422, {
        errors: [{ pointer: "/return_url", code: "not-allowed", detail: "An address of ours is allowed." }],
      })
    const flow = `state-${newId()}`
    const account = makeAccount({
      platform: String(body.platform),
      server: `https://${server}`,
      handle: "@new",
    })
    flows.set(flow, { account, id: body.account_id as string | null })
    const authorize_url = `https://${server}/oauth/authorize?state=${flow}`
    return json({ authorize_url, state: flow, expires_at: ago(-10) }, 201)
  })
  on("POST /v1/workspaces/{w}/accounts/oauth/complete", ({ params, body }) => {
    const flow = flows.get(String(body.state))
    if (!flow) return problem("not-found", 404)
    flows.delete(String(body.state))
    if (flow.id) change(flow.id, { state: "active", state_reason: null }, "account.reconnected")
    else state.accounts.push(flow.account)
    const account = state.accounts[at(flow.id ?? flow.account.id)]
    return json({ workspace_id: params.w, account })
  })
}
