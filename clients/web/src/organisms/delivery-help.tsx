import type { Account, Delivery } from "@troupe/api"
import { Link } from "react-router"
import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"
import { ActButton } from "@/molecules/act-button"
import { ConfirmDialog } from "@/molecules/confirm-dialog"
import { networkName } from "@/molecules/network-icon"
import { Notice } from "@/molecules/notice"
import { ResolveDialog } from "./resolve-dialog"

export type DeliveryDeed =
  | { do: "retry" }
  | { do: "cancel" }
  | { do: "resolve"; as: "published"; permalink: string | null }
  | { do: "resolve"; as: "not_published" }

type Props = {
  delivery: Delivery
  account: Account | undefined
  mayEdit: boolean
  links: { accounts: string; edit: string }
  onAct: (deed: DeliveryDeed) => Promise<unknown>
}

const reconnects = new Set(["auth_expired", "reconnect_required", "permission", "account_restricted"])

/** What went wrong with a delivery in plain words, and the button that helps. Nothing where nothing is wrong. */
export function DeliveryHelp({ delivery, account, mayEdit, links, onAct }: Props) {
  const { t } = useI18n()
  const { state, error, platform } = delivery
  const waits = state === "scheduled" || state === "sending" || state === "in_doubt"
  const isBroken = account?.state === "reconnect_required" || account?.state === "disconnected"
  const stranded = isBroken && (waits || state === "draft")
  if (!error && !stranded) return null
  if (state === "published" || state === "cancelled") return null

  const name = account?.display_name || account?.handle || t("post.unknown_account")
  const network = networkName(platform)
  const kind = error?.kind ?? "reconnect_required"
  const needsReconnect = reconnects.has(kind) || isBroken
  const late = kind === "too_late"
  // Nobody has to look while the node still does.
  const asking = kind === "unknown_outcome" && waits
  const giveUp = (
    <ConfirmDialog
      title={t("post.give_up_confirm", { account: name })}
      text={t("post.give_up_text")}
      confirm={t("post.give_up")}
      onConfirm={() => onAct({ do: "cancel" })}
    >
      <Button variant="ghost" size="sm">
        {t("post.give_up")}
      </Button>
    </ConfirmDialog>
  )
  return (
    <Notice
      tone={state === "failed" ? "danger" : "warn"}
      title={t(asking ? "why.finding_out" : `why.${kind}`)}
    >
      {error && !late && kind !== "unknown_outcome" && (
        <p className="break-words">{t("why.details", { detail: error.detail })}</p>
      )}
      {kind === "unknown_outcome" && !asking && <p>{t("why.unknown_outcome_text")}</p>}
      {delivery.next_attempt_at && waits && <NextAttempt at={delivery.next_attempt_at} />}
      {mayEdit && (
        <div className="mt-2 flex flex-wrap gap-2">
          {needsReconnect && state !== "needs_review" && (
            <Button asChild size="sm">
              <Link to={links.accounts}>{t("post.reconnect")}</Link>
            </Button>
          )}
          {state === "failed" && kind === "validation" && (
            <Button asChild size="sm" variant="secondary">
              <Link to={links.edit}>{t("post.edit_and_retry")}</Link>
            </Button>
          )}
          {state === "failed" && (
            <ActButton
              variant={needsReconnect ? "secondary" : "primary"}
              onAct={() => onAct({ do: "retry" })}
            >
              {t("post.retry")}
            </ActButton>
          )}
          {state === "needs_review" && !late && (
            <ResolveDialog
              network={network}
              onResolve={(permalink) => onAct({ do: "resolve", as: "published", permalink })}
            />
          )}
          {state === "needs_review" && (
            <ConfirmDialog
              tone="primary"
              title={t(late ? "post.send_late_confirm" : "post.mark_not_published_confirm", {
                account: name,
              })}
              text={t(late ? "post.send_late_text" : "post.mark_not_published_text", { network })}
              confirm={t(late ? "post.send_late" : "post.retry")}
              onConfirm={() => onAct({ do: "resolve", as: "not_published" })}
            >
              <Button size="sm" variant={late ? "primary" : "secondary"}>
                {t(late ? "post.send_late" : "post.mark_not_published")}
              </Button>
            </ConfirmDialog>
          )}
          {(state === "failed" || state === "needs_review") && giveUp}
        </div>
      )}
    </Notice>
  )
}

function NextAttempt({ at }: { at: string }) {
  const { t, dateTime, zone } = useI18n()
  return <p>{t("post.next_attempt", { when: dateTime(new Date(at), zone) })}</p>
}
