import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { type Account, allPages, unwrap } from "@troupe/api"
import { http } from "./client"
import { keys } from "./keys"

export function useAccounts(workspaceId: string) {
  return useQuery({
    queryKey: keys.accounts(workspaceId),
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        unwrap(
          http.GET("/v1/workspaces/{workspace_id}/accounts", {
            params: { path: { workspace_id: workspaceId }, query: { limit: 200, cursor } },
            signal,
          }),
        ),
      ),
  })
}

export function useAccount(workspaceId: string, accountId: string) {
  const queries = useQueryClient()
  return useQuery({
    queryKey: keys.account(workspaceId, accountId),
    queryFn: ({ signal }): Promise<Account> =>
      unwrap(
        http.GET("/v1/workspaces/{workspace_id}/accounts/{account_id}", {
          params: { path: { workspace_id: workspaceId, account_id: accountId } },
          signal,
        }),
      ),
    // Coming from the list, the account is at hand already.
    placeholderData: queries
      .getQueryData<Account[]>(keys.accounts(workspaceId))
      ?.find((account) => account.id === accountId),
  })
}

/** Lays what the node answered where it is shown, and fetches what else the change touches. */
function settle(queries: QueryClient, workspaceId: string, account: Account | undefined) {
  if (account) {
    queries.setQueryData(keys.account(workspaceId, account.id), account)
    queries.setQueryData<Account[]>(keys.accounts(workspaceId), (all) =>
      all?.some((one) => one.id === account.id)
        ? all.map((one) => (one.id === account.id ? account : one))
        : all && [...all, account],
    )
  }
  return Promise.all([
    queries.invalidateQueries({ queryKey: keys.accounts(workspaceId) }),
    queries.invalidateQueries({ queryKey: keys.summary(workspaceId) }),
  ])
}

type Fields = Record<string, string>

export function useConnectAccount(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ key, ...body }: { platform: string; fields: Fields; key: string }) =>
      unwrap(
        http.POST("/v1/workspaces/{workspace_id}/accounts", {
          params: { path: { workspace_id: workspaceId } },
          body,
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: (account) => settle(queries, workspaceId, account),
  })
}

export function useReconnectAccount(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ accountId, fields, key }: { accountId: string; fields: Fields; key: string }) =>
      unwrap(
        http.POST("/v1/workspaces/{workspace_id}/accounts/{account_id}/reconnect", {
          params: { path: { workspace_id: workspaceId, account_id: accountId } },
          body: { fields },
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: (account) => settle(queries, workspaceId, account),
  })
}

export type AccountAction = "check" | "pause" | "resume"

/** Repeating one of these changes nothing, so each press has a key of its own. */
export function useAccountAction(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ accountId, action }: { accountId: string; action: AccountAction }) => {
      const params = { path: { workspace_id: workspaceId, account_id: accountId } }
      const base = "/v1/workspaces/{workspace_id}/accounts/{account_id}"
      return unwrap(http.POST(`${base}/${action}` as const, { params }))
    },
    onSuccess: (account) => settle(queries, workspaceId, account),
  })
}

export function useDisconnectAccount(workspaceId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (accountId: string) =>
      unwrap(
        http.DELETE("/v1/workspaces/{workspace_id}/accounts/{account_id}", {
          params: { path: { workspace_id: workspaceId, account_id: accountId } },
        }),
      ),
    onSettled: () => settle(queries, workspaceId, undefined),
  })
}

export function useBeginOauth(workspaceId: string) {
  return useMutation({
    mutationFn: ({
      key,
      ...body
    }: {
      platform: string
      fields: Fields
      account_id: string | null
      return_url: string
      key: string
    }) =>
      unwrap(
        http.POST("/v1/workspaces/{workspace_id}/accounts/oauth", {
          params: { path: { workspace_id: workspaceId } },
          body,
          headers: { "Idempotency-Key": key },
        }),
      ),
  })
}

/** Only for the browser that began and lost the node's cookie on the way: see pages/oauth-return-page.tsx. */
export function useCompleteOauth() {
  return useMutation({
    mutationFn: ({ workspaceId, key, ...body }: OauthEnd & { workspaceId: string; key: string }) =>
      unwrap(
        http.POST("/v1/workspaces/{workspace_id}/accounts/oauth/complete", {
          params: { path: { workspace_id: workspaceId } },
          body,
          headers: { "Idempotency-Key": key },
        }),
      ),
  })
}

type OauthEnd = { state: string; code: string }
