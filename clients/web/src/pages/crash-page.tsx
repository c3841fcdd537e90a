import { TriangleAlert } from "lucide-react"
import { useRevalidator, useRouteError } from "react-router"
import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"
import { EmptyState } from "@/molecules/empty-state"

/** A page of an older version asks for files that a newer one has replaced. */
function isOldVersion(error: unknown): boolean {
  return (
    error instanceof Error && /dynamically imported module|module script failed|preload/i.test(error.message)
  )
}

/** What a route shows when its page threw. */
export function CrashPage() {
  const { t } = useI18n()
  const error = useRouteError()
  const { revalidate } = useRevalidator()
  const old = isOldVersion(error)
  return (
    <div role="alert" className="flex min-h-[70dvh] flex-col items-center justify-center">
      <h1 className="sr-only">{t("crash.title")}</h1>
      <EmptyState
        icon={TriangleAlert}
        title={t("crash.title")}
        text={t(old ? "crash.new_version" : "crash.text")}
        action={
          <div className="flex gap-2">
            {!old && <Button onClick={() => void revalidate()}>{t("common.retry")}</Button>}
            <Button variant="secondary" onClick={() => location.reload()}>
              {t("crash.reload")}
            </Button>
          </div>
        }
      />
    </div>
  )
}
