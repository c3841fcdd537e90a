import { Search, X } from "lucide-react"
import { Input } from "@/atoms/input"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"

type Props = { value: string; onChange: (value: string) => void; label?: string; className?: string }

export function SearchBox({ value, onChange, label, className }: Props) {
  const { t } = useI18n()
  const name = label ?? t("common.search")
  return (
    <search className={cn("relative block", className)}>
      <Search aria-hidden className="pointer-events-none absolute inset-s-3 top-3 size-4 text-ink-muted" />
      <Input
        type="search"
        aria-label={name}
        placeholder={name}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="ps-9 pe-10 [&::-webkit-search-cancel-button]:hidden"
      />
      {value !== "" && (
        <button
          type="button"
          aria-label={t("common.clear_search")}
          onClick={() => onChange("")}
          className="absolute inset-e-1 top-1 inline-flex size-8 cursor-pointer items-center justify-center rounded-sm text-ink-muted hover:bg-sunken hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </search>
  )
}
