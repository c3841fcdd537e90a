import { Compass } from "lucide-react"
import { Link } from "react-router"
import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"
import { EmptyState } from "@/molecules/empty-state"

export function NotFoundPage() {
  const { t } = useI18n()
  return (
    <div className="flex min-h-[70dvh] flex-col items-center justify-center">
      <title>{`${t("not_found.title")} · Troupe`}</title>
      <h1 className="sr-only">{t("not_found.title")}</h1>
      <EmptyState
        icon={Compass}
        title={t("not_found.title")}
        text={t("not_found.text")}
        action={
          <Button asChild variant="secondary">
            <Link to="/">{t("not_found.home")}</Link>
          </Button>
        }
      />
    </div>
  )
}
