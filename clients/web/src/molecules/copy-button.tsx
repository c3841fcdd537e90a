import { Check, Copy } from "lucide-react"
import { useEffect, useState } from "react"
import { Button } from "@/atoms/button"
import { VisuallyHidden } from "@/atoms/visually-hidden"
import { useI18n } from "@/i18n/use-i18n"

/** Copies `text`. Where the clipboard is denied nothing is claimed. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useI18n()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2_000)
    return () => clearTimeout(timer)
  }, [copied])
  const Icon = copied ? Check : Copy
  return (
    <Button
      variant="secondary"
      onClick={() =>
        navigator.clipboard.writeText(text).then(
          () => setCopied(true),
          () => setCopied(false),
        )
      }
    >
      <Icon aria-hidden />
      {copied ? t("common.copied") : (label ?? t("common.copy"))}
      <VisuallyHidden role="status">{copied ? t("common.copied") : ""}</VisuallyHidden>
    </Button>
  )
}
