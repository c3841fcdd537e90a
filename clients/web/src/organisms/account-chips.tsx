import type { Account } from "@troupe/api"
import { Check, TriangleAlert } from "lucide-react"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import { NetworkIcon } from "@/molecules/network-icon"

type Props = {
  accounts: readonly Account[]
  chosen: readonly string[]
  disabled: boolean
  onToggle: (accountId: string) => void
}

/** The accounts as chips to switch on and off, with their network, and a warning where one is not well. */
export function AccountChips({ accounts, chosen, disabled, onToggle }: Props) {
  const { t } = useI18n()
  const ill = accounts.filter((one) => chosen.includes(one.id) && one.state !== "active")
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <ul className="flex flex-wrap gap-2">
        {accounts.map((account) => {
          const on = chosen.includes(account.id)
          return (
            <li key={account.id} className="min-w-0">
              <button
                type="button"
                aria-pressed={on}
                disabled={disabled}
                onClick={() => onToggle(account.id)}
                className={cn(
                  "flex min-h-10 max-w-full cursor-pointer items-center gap-2 rounded-full border py-1.5 ps-3 pe-4 text-sm transition-colors disabled:cursor-not-allowed disabled:opacity-55",
                  on
                    ? "border-accent bg-accent-soft text-on-accent-soft"
                    : "border-line-strong bg-surface text-ink hover:bg-sunken",
                )}
              >
                {on ? (
                  <Check aria-hidden className="size-4.5 shrink-0" />
                ) : (
                  <NetworkIcon platform={account.platform} label="none" className="size-4.5" />
                )}
                <span className="min-w-0 truncate" dir="auto">
                  {account.display_name || account.handle}
                </span>{" "}
                <NetworkIcon platform={account.platform} className={on ? "size-4" : "hidden"} />{" "}
                {account.state !== "active" && (
                  <>
                    <TriangleAlert aria-hidden className="size-4 shrink-0" />
                    <span className="sr-only">{t(`account_state.${account.state}`)}</span>
                  </>
                )}
              </button>
            </li>
          )
        })}
      </ul>
      {ill.map((account) => (
        <p key={account.id} className="flex items-start gap-1.5 text-ink-muted text-sm">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            <span dir="auto">{account.display_name || account.handle}</span>{" "}
            {t("compose.trouble", { state: t(`account_state.${account.state}`) })}
          </span>
        </p>
      ))}
    </div>
  )
}
