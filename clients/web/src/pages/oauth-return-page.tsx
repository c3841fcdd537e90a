import "@/i18n/areas/accounts"
import { CircleAlert } from "lucide-react"
import { useEffect, useRef, useState } from "react"
import { Link, Navigate, useSearchParams } from "react-router"
import { useCompleteOauth } from "@/api/accounts"
import { Button } from "@/atoms/button"
import { Card } from "@/atoms/card"
import type { MessageKey } from "@/i18n/catalogue"
import { connectProblem } from "@/i18n/connect-words"
import { useI18n } from "@/i18n/use-i18n"
import { takeOauth } from "@/lib/oauth-pending"
import { useIdempotencyKey } from "@/lib/use-key"
import { EmptyState } from "@/molecules/empty-state"
import { LoadingRows } from "@/molecules/loading-rows"

/** What the node's problem slugs mean at the end of this way. */
const reasons: Record<string, MessageKey> = {
  conflict: "oauth.refused_text",
  forbidden: "oauth.forbidden_text",
  "not-found": "oauth.over_text",
  "upstream-failed": "connect.failed_network",
  "timed-out": "connect.failed_network",
}

const uuid = /^[0-9a-f-]{36}$/

/**
 * Where the node sends the browser back to after the network's sign-in page. Usually all is done: the node knew the browser
 * by its cookie. Without the cookie it hands on `state` and `code`, and only the tab that began may end it: whoever is led
 * here by a stranger's link connects nothing.
 */
export function OauthReturnPage() {
  const { t } = useI18n()
  const [query] = useSearchParams()
  const complete = useCompleteOauth()
  const key = useIdempotencyKey()
  const [state, code] = [query.get("state"), query.get("code")]
  const [accountId, workspaceId] = [query.get("account_id"), query.get("workspace_id")]
  const [elsewhere, setElsewhere] = useState(false)
  const begun = useRef(false)
  const { mutate } = complete

  useEffect(() => {
    if (begun.current || state === null || code === null) return
    begun.current = true
    const pending = takeOauth(state)
    if (pending) mutate({ workspaceId: pending.workspaceId, state, code, key: key.current() })
    else setElsewhere(true)
  }, [state, code, mutate, key])

  if (accountId && workspaceId && uuid.test(accountId) && uuid.test(workspaceId))
    return <Navigate to={`/w/${workspaceId}/accounts/${accountId}`} replace />
  if (complete.data)
    return <Navigate to={`/w/${complete.data.workspace_id}/accounts/${complete.data.account.id}`} replace />

  const failure = complete.error
    ? connectProblem(complete.error, false, t)
    : elsewhere
      ? t("oauth.elsewhere_text")
      : state && code
        ? undefined
        : t(reasons[query.get("error") ?? ""] ?? "oauth.over_text")
  const home = workspaceId && uuid.test(workspaceId) ? `/w/${workspaceId}/accounts` : "/"
  return (
    <main className="mx-auto grid min-h-dvh max-w-lg content-center p-4">
      <title>{`${t("oauth.title")} · Troupe`}</title>
      <Card>
        {failure === undefined ? (
          <div className="p-5">
            <h1 className="font-semibold text-lg">{t("oauth.finishing")}</h1>
            <LoadingRows rows={1} />
          </div>
        ) : (
          <div role="alert">
            <h1 className="sr-only">{t("oauth.title")}</h1>
            <EmptyState
              icon={CircleAlert}
              title={t(elsewhere ? "oauth.elsewhere" : "oauth.refused")}
              text={failure}
              action={
                <Button asChild>
                  <Link to={home}>{t("oauth.back")}</Link>
                </Button>
              }
            />
          </div>
        )}
      </Card>
    </main>
  )
}
