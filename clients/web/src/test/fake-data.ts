import type {
  Account,
  Delivery,
  DeliveryState,
  Invite,
  Member,
  Post,
  Summary,
  User,
  UserSession,
  Workspace,
} from "@troupe/api"

// Whole things of the contract with sensible values; a test names only what matters to it.

export const limits: Account["limits"] = {
  max_text: 500,
  text_unit: "graphemes",
  max_text_bytes: 0,
  url_weight: 0,
  max_images: 4,
  max_image_bytes: 0,
  max_image_pixels: 0,
  max_alt_text: 1_500,
  image_types: ["image/png", "image/jpeg"],
  needs_title: false,
  text_or_media: true,
}

let lastId = 0
export function newId(): string {
  lastId += 1
  return `0192f0c1-0000-7000-8000-${lastId.toString(16).padStart(12, "0")}`
}

export const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

export function makeUser(of: Partial<User> = {}): User {
  return {
    id: newId(),
    email: "ada@example.org",
    display_name: "Ada Lovelace",
    created_at: ago(60 * 24 * 90),
    version: 1,
    operator: true,
    ...of,
  }
}

export function makeWorkspace(of: Partial<Workspace> = {}): Workspace {
  return {
    id: newId(),
    name: "Analytical Engines",
    time_zone: "Europe/London",
    max_lateness_s: 21_600,
    role: "owner",
    created_at: ago(60 * 24 * 90),
    version: 1,
    ...of,
  }
}

export function makeAccount(of: Partial<Account> = {}): Account {
  return {
    id: newId(),
    workspace_id: newId(),
    platform: "sandbox",
    handle: "ada",
    display_name: "Ada",
    server: "http://127.0.0.1",
    remote_id: "ada",
    state: "active",
    state_reason: null,
    limits,
    rate: null,
    token_expires_at: null,
    last_checked_at: ago(5),
    created_at: ago(60 * 24 * 30),
    version: 1,
    ...of,
  }
}

export function makeDelivery(of: Partial<Delivery> = {}): Delivery {
  return {
    id: newId(),
    post_id: newId(),
    workspace_id: newId(),
    account_id: newId(),
    platform: "sandbox",
    state: "scheduled",
    due_at: ago(-90),
    published_at: null,
    attempt: 0,
    permalink: null,
    remote_id: null,
    error: null,
    next_attempt_at: null,
    lateness_ms: null,
    text: "The engine weaves algebraic patterns just as the loom weaves flowers and leaves.",
    title: null,
    media: [],
    options: {},
    overrides: [],
    version: 1,
    ...of,
  }
}

export function makePost(of: Partial<Post> = {}): Post {
  return {
    id: newId(),
    workspace_id: newId(),
    state: "draft",
    text: "Hello",
    title: null,
    language: null,
    media: [],
    deliveries: [],
    scheduled_at: null,
    schedule_local: null,
    author_id: newId(),
    created_at: ago(1),
    updated_at: ago(1),
    version: 1,
    ...of,
  }
}

export function makeMember(of: Partial<Member> = {}): Member {
  return {
    user_id: newId(),
    email: "charles@example.org",
    display_name: "Charles Babbage",
    role: "editor",
    joined_at: ago(60 * 24 * 20),
    ...of,
  }
}

export function makeInvite(of: Partial<Invite> = {}): Invite {
  return {
    invite_id: newId(),
    role: "editor",
    email: "mary@example.org",
    invited_by: newId(),
    created_at: ago(60),
    expires_at: ago(-60 * 24 * 6),
    ...of,
  }
}

export function makeSession(of: Partial<UserSession> = {}): UserSession {
  return {
    id: newId(),
    created_at: ago(60 * 24 * 3),
    last_used_at: ago(2),
    address: "192.0.2.7",
    user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    current: false,
    ...of,
  }
}

export function summarise(accounts: Account[], deliveries: Delivery[]): Summary {
  const of = (state: DeliveryState) => deliveries.filter((one) => one.state === state)
  const counts: Summary["counts"] = {}
  for (const { state } of deliveries) counts[state] = (counts[state] ?? 0) + 1
  const published = of("published")
  return {
    counts,
    next_due: of("scheduled")
      .toSorted((a, b) => (a.due_at ?? "").localeCompare(b.due_at ?? ""))
      .slice(0, 10),
    needs_review: of("needs_review"),
    failed: of("failed"),
    published,
    published_24h: published.length,
    lateness: { count: published.length, p50_ms: 3, p99_ms: 42, max_ms: 1_840 },
    accounts,
  }
}

/** A workspace in the middle of its work. */
export function demoDeliveries(): Delivery[] {
  return [
    makeDelivery({ platform: "mastodon", due_at: ago(-25) }),
    makeDelivery({
      platform: "bluesky",
      text: "Office hours move to Thursday this week.",
      due_at: ago(-140),
    }),
    makeDelivery({ platform: "wordpress", title: "Notes on the Analytical Engine", due_at: ago(-60 * 26) }),
    makeDelivery({
      state: "needs_review",
      platform: "mastodon",
      due_at: ago(200),
      text: "We are hiring a second compositor.",
      error: {
        kind: "unknown_outcome",
        detail: "The answer was lost and the network cannot be asked. Was it published?",
      },
    }),
    makeDelivery({
      state: "failed",
      platform: "bluesky",
      due_at: ago(320),
      text: "New: punched cards in three colours.",
      error: { kind: "permission", detail: "The network refused: this account may not post links." },
    }),
    makeDelivery({
      state: "published",
      due_at: ago(61),
      published_at: ago(61),
      permalink: "https://example.org/1",
    }),
    makeDelivery({
      state: "published",
      platform: "bluesky",
      text: "A short thread on why the mill and the store are two things.",
      due_at: ago(400),
      published_at: ago(400),
      permalink: "https://example.org/2",
    }),
  ]
}
