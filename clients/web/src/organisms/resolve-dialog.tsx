import { useState } from "react"
import { Button } from "@/atoms/button"
import { Dialog, DialogContent, DialogTrigger } from "@/atoms/dialog"
import { Input } from "@/atoms/input"
import { useI18n } from "@/i18n/use-i18n"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { SubmitActions } from "@/molecules/submit-actions"

type Props = { network: string; onResolve: (permalink: string | null) => Promise<unknown> }

/** "It is published": a person found it, and may say where. */
export function ResolveDialog({ network, onResolve }: Props) {
  const { t } = useI18n()
  const [open, setOpen] = useState(false)
  const [link, setLink] = useState("")
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const trimmed = link.trim()
  const good = trimmed === "" || /^https?:\/\/[^\s]+\.[^\s]+$/i.test(trimmed)

  async function submit() {
    setTried(true)
    if (!good || busy) return
    setBusy(true)
    setError(null)
    try {
      await onResolve(trimmed || null)
      setOpen(false)
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog open={open} onOpenChange={(next) => !busy && setOpen(next)}>
      <DialogTrigger asChild>
        <Button size="sm">{t("post.mark_published")}</Button>
      </DialogTrigger>
      <DialogContent
        title={t("post.mark_published_title")}
        description={t("post.mark_published_text", { network })}
        closeLabel={t("common.close")}
      >
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            void submit()
          }}
        >
          <FormProblem error={error} />
          <FormField
            label={t("post.mark_published_link")}
            optional
            error={tried && !good ? t("post.mark_published_link_bad") : undefined}
          >
            {(control) => (
              <Input
                {...control}
                type="url"
                inputMode="url"
                autoComplete="off"
                value={link}
                onChange={(event) => setLink(event.target.value)}
              />
            )}
          </FormField>
          <SubmitActions busy={busy}>{t("post.mark_published_title")}</SubmitActions>
        </form>
      </DialogContent>
    </Dialog>
  )
}
