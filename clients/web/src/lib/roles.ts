import type { Role } from "@troupe/api"

const order: readonly Role[] = ["viewer", "editor", "admin", "owner"]

/** owner > admin > editor > viewer: each may do what those below may do. */
export function mayAct(role: Role, least: Role): boolean {
  return order.indexOf(role) >= order.indexOf(least)
}
