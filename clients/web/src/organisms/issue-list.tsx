import type { Account, Issue } from "@troupe/api"
import type { MessageKey } from "@/i18n/catalogue"
import { useI18n } from "@/i18n/use-i18n"
import type { Trouble } from "@/lib/content"
import { Notice } from "@/molecules/notice"

type Props = {
  /** Counted here while typing. */
  troubles: readonly Trouble[]
  /** What the node found in the saved text; it has the last word, so these are shown where it knows more. */
  issues: readonly Issue[]
  accounts: readonly Account[]
}

const sayings: Record<Trouble["kind"], MessageKey> = {
  text: "compose.too_long",
  images: "compose.too_many_images",
  alt: "compose.alt_too_long",
  title: "compose.no_title",
  empty: "compose.blank",
}

/** What keeps a post from going out, each with its account, limit and count. */
export function IssueList({ troubles, issues, accounts }: Props) {
  const { t } = useI18n()
  const name = (account: Account) => account.display_name || account.handle
  const counted = troubles.map(({ account, kind, used, limit, unit }) =>
    t(sayings[kind], { account: name(account), used, limit, unit: t(`compose.unit_${unit}`) }),
  )
  const known = new Set(troubles.map(({ account, kind }) => `${account.id} ${kind}`))
  const kinds: Record<string, Trouble["kind"]> = {
    "text too-long": "text",
    "text empty": "empty",
    "title empty": "title",
    "images too-many": "images",
  }
  const told = issues
    .filter(({ account_id, field, code }) => {
      const kind = code === "alt-too-long" ? "alt" : kinds[`${field} ${code}`]
      return !kind || !known.has(`${account_id} ${kind}`)
    })
    .map(({ account_id, detail }) => {
      const account = accounts.find((one) => one.id === account_id)
      return account && !detail.startsWith(account.handle) ? `${name(account)}: ${detail}` : detail
    })
  const all = [...new Set([...counted, ...told])]
  if (all.length === 0) return null
  return (
    <Notice tone="warn" title={t("compose.issues", { count: all.length })}>
      <ul className="grid list-disc gap-0.5 ps-4">
        {all.map((text) => (
          <li key={text} className="break-words">
            {text}
          </li>
        ))}
      </ul>
    </Notice>
  )
}
