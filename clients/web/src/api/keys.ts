/** Everything of a workspace lies below its id, so that live events and a reset invalidate by prefix. */
export const keys = {
  me: ["me"] as const,
  mySessions: ["me", "sessions"] as const,
  workspaces: ["workspaces"] as const,
  platforms: ["platforms"] as const,
  workspace: (id: string) => ["w", id] as const,
  summary: (id: string) => ["w", id, "summary"] as const,
  members: (id: string) => ["w", id, "members"] as const,
  invites: (id: string) => ["w", id, "invites"] as const,
  accounts: (id: string) => ["w", id, "accounts"] as const,
  posts: (id: string) => ["w", id, "posts"] as const,
  post: (id: string, postId: string) => ["w", id, "posts", postId] as const,
  postList: (id: string, filter: object) => ["w", id, "posts", "list", filter] as const,
  postRange: (id: string, range: object) => ["w", id, "posts", "range", range] as const,
  ledger: (id: string, deliveryId: string) => ["w", id, "deliveries", deliveryId, "ledger"] as const,
  media: (id: string, mediaId: string) => ["w", id, "media", mediaId] as const,
  deliveries: (id: string) => ["w", id, "deliveries"] as const,
}
