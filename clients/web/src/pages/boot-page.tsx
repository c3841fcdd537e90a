import { useEffect, useState } from "react"
import { session } from "@/api/client"
import { Mark } from "@/atoms/logo"
import { VisuallyHidden } from "@/atoms/visually-hidden"
import { useI18n } from "@/i18n/use-i18n"
import { ErrorState } from "@/molecules/error-state"

/** While nobody knows yet whether someone is signed in. */
export function BootPage() {
  const { t } = useI18n()
  const [error, setError] = useState<unknown>(null)
  const [trying, setTrying] = useState(false)

  function look() {
    setTrying(true)
    session
      .refresh(undefined)
      .then(() => setError(null), setError)
      .finally(() => setTrying(false))
  }
  useEffect(() => {
    if (session.state.kind === "unknown") session.refresh(undefined).catch(setError)
  }, [])

  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4">
      {error ? (
        <ErrorState error={error} onRetry={look} retrying={trying} />
      ) : (
        <div role="status">
          <Mark className="size-12 animate-pulse" />
          <VisuallyHidden>{t("common.loading")}</VisuallyHidden>
        </div>
      )}
    </main>
  )
}
