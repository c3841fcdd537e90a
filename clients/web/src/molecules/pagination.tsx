import { ChevronLeft, ChevronRight } from "lucide-react"
import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"

type Props = { onPrevious?: () => void; onNext?: () => void; busy?: boolean }

/** Cursors know no page numbers: back and forth. A side without a page is not there to press. */
export function Pagination({ onPrevious, onNext, busy }: Props) {
  const { t } = useI18n()
  if (!onPrevious && !onNext) return null
  return (
    <nav aria-label={t("common.pages")} className="flex items-center justify-between gap-2">
      <Button variant="secondary" size="sm" disabled={!onPrevious || busy} onClick={onPrevious}>
        <ChevronLeft aria-hidden className="rtl:rotate-180" />
        {t("common.page_previous")}
      </Button>
      <Button variant="secondary" size="sm" disabled={!onNext || busy} onClick={onNext}>
        {t("common.page_next")}
        <ChevronRight aria-hidden className="rtl:rotate-180" />
      </Button>
    </nav>
  )
}
