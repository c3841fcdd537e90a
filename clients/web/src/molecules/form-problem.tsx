import { isProblem } from "@troupe/api"
import { problemText } from "@/i18n/problem-text"
import { useI18n } from "@/i18n/use-i18n"
import { Notice } from "./notice"

/** Why a form was not taken; nothing while `error` is null. `text` replaces the general words where the page knows better. */
export function FormProblem({ error, text }: { error: unknown; text?: string }) {
  const { t } = useI18n()
  if (!error) return null
  const id = isProblem(error) && error.status >= 500 ? error.requestId : undefined
  return (
    <Notice tone="danger">
      <p>{text ?? problemText(error, t)}</p>
      {id && <p className="font-mono text-xs">{t("common.request_id", { id })}</p>}
    </Notice>
  )
}
