import type { Account } from "@troupe/api"
import { Progress } from "@/atoms/progress"
import { useI18n } from "@/i18n/use-i18n"
import { useNow } from "@/lib/use-now"

/** How long the access lasts: the node renews it by itself, so an end that has passed is what a person must see. */
export function TokenLife({ account }: { account: Account }) {
  const { t, relative } = useI18n()
  const now = useNow()
  if (account.token_expires_at === null) return t("accounts.token_none")
  const end = new Date(account.token_expires_at)
  const at = relative(end, now)
  return (
    <time dateTime={account.token_expires_at}>
      {t(end > now ? "accounts.token_until" : "accounts.token_over", { at })}
    </time>
  )
}

/** What is left of the network's rate window, and when it is full again. */
export function RateBudget({ account }: { account: Account }) {
  const { t, relative } = useI18n()
  const now = useNow()
  const { rate } = account
  if (!rate) return <span className="text-ink-muted">{t("accounts.budget_unknown")}</span>
  const resets = new Date(rate.resets_at)
  return (
    <span className="grid gap-1.5">
      <span className="tabular">
        {t("accounts.budget_left", { remaining: rate.remaining, limit: rate.limit })}
        {resets > now && (
          <span className="text-ink-muted">
            {" "}
            · {t("accounts.budget_resets", { at: relative(resets, now) })}
          </span>
        )}
      </span>
      <Progress value={rate.limit === 0 ? 0 : rate.remaining / rate.limit} label={t("accounts.budget")} />
    </span>
  )
}
