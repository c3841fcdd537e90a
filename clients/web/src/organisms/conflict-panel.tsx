import type { Account } from "@troupe/api"
import type { ReactNode } from "react"
import { Button } from "@/atoms/button"
import { Card, CardBody, CardFooter, CardHeader, CardText, CardTitle } from "@/atoms/card"
import { useI18n } from "@/i18n/use-i18n"
import type { Content } from "@/lib/content"

type Props = {
  mine: Content
  /** null: deleted meanwhile. */
  theirs: Content | null
  accounts: readonly Account[]
  onKeep: () => void
  onTake: () => void
}

/** Two people wrote at once: both versions side by side, and the choice. */
export function ConflictPanel({ mine, theirs, accounts, onKeep, onTake }: Props) {
  const { t } = useI18n()
  function names(content: Content): string {
    const found = content.targets.map((target) => {
      const account = accounts.find((one) => one.id === target.account_id)
      return account?.display_name || account?.handle || t("post.unknown_account")
    })
    return found.join(", ") || "–"
  }
  function side(title: string, content: Content | null): ReactNode {
    return (
      <section
        aria-label={title}
        className="grid min-w-0 content-start gap-2 rounded-md bg-sunken p-4 text-sm"
      >
        <h3 className="font-semibold">{title}</h3>
        {content ? (
          <>
            {content.title && <p className="font-medium">{content.title}</p>}
            <p className="whitespace-pre-wrap break-words" dir="auto">
              {content.text || t("post.no_text")}
            </p>
            <p className="text-ink-muted">{t("compose.conflict_accounts", { accounts: names(content) })}</p>
            <p className="text-ink-muted">{t("compose.conflict_images", { count: content.media.length })}</p>
          </>
        ) : (
          <p className="text-ink-muted">{t("compose.conflict_gone")}</p>
        )}
      </section>
    )
  }
  return (
    <Card role="alert" aria-label={t("compose.conflict_title")}>
      <CardHeader>
        <div className="grid gap-0.5">
          <CardTitle>{t("compose.conflict_title")}</CardTitle>
          <CardText>{t("compose.conflict_text")}</CardText>
        </div>
      </CardHeader>
      <CardBody className="grid gap-3 sm:grid-cols-2">
        {side(t("compose.conflict_mine"), mine)}
        {side(t("compose.conflict_theirs"), theirs)}
      </CardBody>
      <CardFooter>
        {theirs && (
          <Button variant="secondary" onClick={onTake}>
            {t("compose.conflict_take")}
          </Button>
        )}
        <Button onClick={onKeep}>{t("compose.conflict_keep")}</Button>
      </CardFooter>
    </Card>
  )
}
