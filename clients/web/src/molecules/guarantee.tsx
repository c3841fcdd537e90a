import type { Platform } from "@troupe/api"
import { ShieldCheck } from "lucide-react"
import { useI18n } from "@/i18n/use-i18n"

/** What can be promised on a network when an answer is lost, in words. */
export function useGuarantee(platform: Platform | undefined): { title: string; text: string } | undefined {
  const { t, duration } = useI18n()
  if (!platform) return undefined
  const { guarantee, key_window_s } = platform
  const window = key_window_s === null ? t("accounts.for_ever") : duration(key_window_s * 1_000)
  return {
    title: t(`accounts.guarantee_${guarantee}`, { window }),
    text: t(`accounts.guarantee_${guarantee}_text`, { window }),
  }
}

export function Guarantee({ platform }: { platform: Platform | undefined }) {
  const { t } = useI18n()
  const guarantee = useGuarantee(platform)
  if (!guarantee) return <span className="text-ink-muted">{t("common.unknown")}</span>
  return (
    <span className="inline-flex items-start gap-1.5" title={guarantee.text}>
      <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-muted" />
      {guarantee.title}
    </span>
  )
}
