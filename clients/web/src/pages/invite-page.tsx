import { isProblem } from "@troupe/api"
import { useEffect, useState } from "react"
import { Navigate, useLocation, useNavigate } from "react-router"
import { useAcceptInvite } from "@/api/invites"
import { Button } from "@/atoms/button"
import { useSession } from "@/contexts/session"
import { useToast } from "@/contexts/toasts"
import { useI18n } from "@/i18n/use-i18n"
import { FormProblem } from "@/molecules/form-problem"
import { Notice } from "@/molecules/notice"
import { AuthLayout } from "@/templates/auth-layout"
import { BootPage } from "./boot-page"

const key = "troupe.invite"

/** The token comes in the fragment, which no server sees; it waits in this tab while the person signs in or up. */
function takeToken(hash: string): string {
  try {
    if (hash.length > 1) sessionStorage.setItem(key, decodeURIComponent(hash.slice(1)))
    return sessionStorage.getItem(key) ?? ""
  } catch {
    return hash.slice(1)
  }
}

export function InvitePage() {
  const { t } = useI18n()
  const { hash } = useLocation()
  const state = useSession()
  const navigate = useNavigate()
  const toast = useToast()
  const [token] = useState(() => takeToken(hash))
  const accept = useAcceptInvite()
  useEffect(() => {
    if (hash) void navigate("/invite", { replace: true })
  }, [hash, navigate])

  // Not while the token still leaves the address: two navigations at once would cancel each other.
  if (hash || state.kind === "unknown") return <BootPage />
  if (token === "")
    return (
      <AuthLayout title={t("invite.title")}>
        <Notice tone="warn">{t("invite.missing")}</Notice>
      </AuthLayout>
    )
  if (!("user" in state)) return <Navigate to="/sign-up?next=/invite" replace />
  const gone = isProblem(accept.error) && [404, 409, 422].includes(accept.error.status)
  return (
    <AuthLayout title={t("invite.title")} text={t("invite.text", { name: state.user.display_name })}>
      <FormProblem error={accept.error} text={gone ? t("invite.gone") : undefined} />
      <Button
        size="lg"
        busy={accept.isPending}
        onClick={() =>
          accept.mutate(token, {
            onSuccess: ({ workspace }) => {
              sessionStorage.removeItem(key)
              toast({ tone: "ok", title: t("invite.joined", { workspace: workspace.name }) })
              void navigate(`/w/${workspace.id}`, { replace: true })
            },
          })
        }
      >
        {t("invite.accept")}
      </Button>
    </AuthLayout>
  )
}
