import { useMutation } from "@tanstack/react-query"
import { Link, Navigate, useSearchParams } from "react-router"
import { signIn } from "@/api/auth"
import { useSession } from "@/contexts/session"
import { useI18n } from "@/i18n/use-i18n"
import { localPath } from "@/lib/local-path"
import { SignInForm } from "@/organisms/sign-in-form"
import { AuthLayout } from "@/templates/auth-layout"

export function SignInPage() {
  const { t } = useI18n()
  const [search] = useSearchParams()
  const state = useSession()
  const entering = useMutation({ mutationFn: signIn })
  if (state.kind === "signed_in") return <Navigate to={localPath(search.get("next"))} replace />
  return (
    <AuthLayout
      title={t("sign_in.title")}
      text={t("sign_in.text")}
      footer={
        <>
          {t("sign_in.no_account")}{" "}
          <Link
            to={`/sign-up${search.size ? `?${search}` : ""}`}
            className="font-medium text-accent underline underline-offset-4"
          >
            {t("sign_in.to_sign_up")}
          </Link>
        </>
      }
    >
      <SignInForm
        busy={entering.isPending}
        error={entering.error}
        onSubmit={(credentials) => entering.mutate(credentials)}
      />
    </AuthLayout>
  )
}
