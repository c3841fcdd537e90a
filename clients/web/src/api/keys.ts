/** Everything of a workspace lies below its id, so that live events and a reset invalidate by prefix. */
export const keys = {
  me: ["me"] as const,
  mySessions: ["me", "sessions"] as const,
  workspaces: ["workspaces"] as const,
  platforms: ["platforms"] as const,
  operations: (...of: string[]) => ["operations", ...of] as const,
  workspace: (id: string) => ["w", id] as const,
  summary: (id: string) => ["w", id, "summary"] as const,
  members: (id: string) => ["w", id, "members"] as const,
  invites: (id: string) => ["w", id, "invites"] as const,
  accounts: (id: string) => ["w", id, "accounts"] as const,
  account: (id: string, accountId: string) => ["w", id, "accounts", accountId] as const,
  posts: (id: string) => ["w", id, "posts"] as const,
  post: (id: string, postId: string) => ["w", id, "posts", postId] as const,
  deliveries: (id: string) => ["w", id, "deliveries"] as const,
}
