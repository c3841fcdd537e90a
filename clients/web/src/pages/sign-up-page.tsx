import { useMutation } from "@tanstack/react-query"
import { useState } from "react"
import { Link, Navigate, useSearchParams } from "react-router"
import { signUp } from "@/api/auth"
import { useSession } from "@/contexts/session"
import { useI18n } from "@/i18n/use-i18n"
import { localPath } from "@/lib/local-path"
import { useIdempotencyKey } from "@/lib/use-key"
import { type NewUser, SignUpForm } from "@/organisms/sign-up-form"
import { AuthLayout } from "@/templates/auth-layout"

export function SignUpPage() {
  const { t } = useI18n()
  const [search] = useSearchParams()
  const state = useSession()
  const key = useIdempotencyKey()
  const [made, setMade] = useState<string>()
  const next = search.get("next")
  const registering = useMutation({
    mutationFn: ({ workspace, time_zone, ...user }: NewUser) => {
      const asks = { ...user, workspace: { name: workspace, time_zone } }
      return signUp(asks, key.current(JSON.stringify(asks)))
    },
    onSuccess: (workspace) => setMade(workspace.id),
  })
  if (state.kind === "signed_in" && !registering.isPending)
    return <Navigate to={next || !made ? localPath(next) : `/w/${made}/welcome`} replace />
  return (
    <AuthLayout
      title={t("sign_up.title")}
      text={t("sign_up.text")}
      footer={
        <>
          {t("sign_up.have_account")}{" "}
          <Link
            to={`/sign-in${search.size ? `?${search}` : ""}`}
            className="font-medium text-accent underline underline-offset-4"
          >
            {t("sign_up.to_sign_in")}
          </Link>
        </>
      }
    >
      <SignUpForm
        busy={registering.isPending}
        error={registering.error}
        onSubmit={(user) => registering.mutate(user)}
      />
    </AuthLayout>
  )
}
