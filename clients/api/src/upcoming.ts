import type { components, paths } from "./schema"

type S = components["schemas"]

/**
 * Routes that the node is about to get and `openapi.yaml` does not list yet. Delete each from here the day the contract has
 * it: from then on the generated types say the same.
 */
export type Upcoming = {
  UserSession: {
    id: string
    created_at: string
    last_used_at: string | null
    address: string | null
    user_agent: string | null
    current: boolean
  }
  Summary: {
    counts: Partial<Record<S["DeliveryState"], number>>
    next_due: S["Delivery"][]
    needs_review: S["Delivery"][]
    failed: S["Delivery"][]
    published: S["Delivery"][]
    published_24h: number
    lateness: { count: number; p50_ms: number | null; p99_ms: number | null; max_ms: number | null }
    accounts: S["Account"][]
  }
}

type Json<T> = { content: { "application/json": T } }
type Failed = { content: { "application/problem+json": S["Problem"] } }
type None = { query?: never; header?: never; path?: never; cookie?: never }
type Unused = "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace"
type Route<O> = { parameters: None } & O & { [K in Exclude<Unused, keyof O>]?: never }
type Call<Params, Body, Answers> = { parameters: Params; responses: Answers & { default: Failed } } & ([
  Body,
] extends [undefined]
  ? { requestBody?: never }
  : { requestBody: Body })

type Granted = Omit<S["Session"], "refresh_token"> & { refresh_token?: string }

export type UpcomingPaths = {
  "/v1/auth/register": Route<{
    post: Call<
      None,
      Json<S["RegisterRequest"] & { session?: "body" | "cookie" }>,
      { 201: Json<Granted & { workspace: S["Workspace"] }> }
    >
  }>
  "/v1/auth/login": Route<{
    post: Call<None, Json<S["LoginRequest"] & { session?: "body" | "cookie" }>, { 200: Json<Granted> }>
  }>
  "/v1/auth/refresh": Route<{ post: Call<None, Json<{ refresh_token?: string }>, { 200: Json<Granted> }> }>
  "/v1/auth/logout": Route<{
    post: Call<None, Json<{ refresh_token?: string }>, { 204: { content?: never } }>
  }>
  "/v1/auth/password": Route<{
    post: Call<
      None,
      Json<S["ChangePasswordRequest"] & { session?: "body" | "cookie" }>,
      { 200: Json<Granted> }
    >
  }>
  "/v1/me/sessions": Route<{
    get: Call<None, undefined, { 200: Json<{ items: Upcoming["UserSession"][] }> }>
  }>
  "/v1/me/sessions/{session_id}": Route<{
    delete: Call<
      { query?: never; header?: never; cookie?: never; path: { session_id: string } },
      undefined,
      { 204: { content?: never } }
    >
  }>
  "/v1/workspaces/{workspace_id}/summary": Route<{
    get: Call<
      { query?: never; header?: never; cookie?: never; path: { workspace_id: string } },
      undefined,
      { 200: Json<Upcoming["Summary"]> }
    >
  }>
  // For operators on the public listener: the shapes of the admin listener.
  "/v1/operations/actors": paths["/admin/v1/actors"]
  "/v1/operations/actors/{path}": paths["/admin/v1/actors/{path}"]
  "/v1/operations/quarantine": paths["/admin/v1/quarantine"]
  "/v1/operations/quarantine/lift": paths["/admin/v1/quarantine/lift"]
  "/v1/operations/nodes": paths["/admin/v1/nodes"]
  "/v1/operations/shards": paths["/admin/v1/shards"]
}
