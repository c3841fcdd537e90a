import { Skeleton } from "@/atoms/skeleton"
import { VisuallyHidden } from "@/atoms/visually-hidden"
import { useI18n } from "@/i18n/use-i18n"

/** Rows that are on their way. */
export function LoadingRows({ rows = 3 }: { rows?: number }) {
  const { t } = useI18n()
  return (
    <div role="status" className="grid gap-5 px-5 py-5">
      <VisuallyHidden>{t("common.loading")}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows without identity
        <div key={row} aria-hidden className="flex items-center gap-3">
          <Skeleton className="size-8 rounded-full" />
          <div className="grid flex-1 gap-2">
            <Skeleton className="w-3/5" />
            <Skeleton className="h-3 w-2/5" />
          </div>
        </div>
      ))}
    </div>
  )
}
