import { type RegisterRequest, unwrap } from "@troupe/api"
import { http, session } from "./client"

export async function signIn(body: { email: string; password: string }) {
  const grant = await unwrap(http.POST("/v1/auth/login", { body: { ...body, session: "cookie" } }))
  session.adopt(grant)
  return grant.user
}

/** `key` stays the same for each try of one form, so that a lost answer makes no second user. */
export async function signUp(body: RegisterRequest, key: string) {
  const grant = await unwrap(
    http.POST("/v1/auth/register", {
      body: { ...body, session: "cookie" },
      headers: { "Idempotency-Key": key },
    }),
  )
  session.adopt(grant)
  return grant.workspace
}

/** Signs out here in any case: a node that cannot be reached must not keep a person signed in on a shared screen. */
export async function signOut() {
  try {
    await unwrap(http.POST("/v1/auth/logout", { body: {} }))
  } finally {
    session.end()
  }
}

export async function signOutEverywhere() {
  await unwrap(http.POST("/v1/auth/logout-everywhere"))
  session.end()
}

/** Ends every session but the new one that the answer brings. */
export async function changePassword(body: { current_password: string; new_password: string }) {
  session.adopt(await unwrap(http.POST("/v1/auth/password", { body: { ...body, session: "cookie" } })))
}
