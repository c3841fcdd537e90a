import type { Account, PostState } from "@troupe/api"
import type { ReactNode } from "react"
import { Select } from "@/atoms/select"
import { useI18n } from "@/i18n/use-i18n"
import { FormField } from "@/molecules/form-field"
import { networkName } from "@/molecules/network-icon"

export const postStates: readonly PostState[] = [
  "draft",
  "scheduled",
  "sending",
  "in_doubt",
  "published",
  "partly_published",
  "failed",
  "needs_review",
  "cancelled",
]

type Props = {
  state: string
  account: string
  accounts: readonly Account[]
  /** Those that make sense here. */
  states?: readonly PostState[]
  onState: (state: string) => void
  onAccount: (account: string) => void
  children?: ReactNode
}

/** Which posts are shown: by state and by account. */
export function PostFilters({
  state,
  account,
  accounts,
  states = postStates,
  onState,
  onAccount,
  children,
}: Props) {
  const { t } = useI18n()
  return (
    <div className="grid grid-cols-2 items-end gap-3 sm:flex sm:flex-wrap">
      <FormField label={t("posts.state")} className="min-w-0 sm:w-44">
        {(control) => (
          <Select {...control} value={state} onChange={(event) => onState(event.target.value)}>
            <option value="">{t("posts.all_states")}</option>
            {states.map((one) => (
              <option key={one} value={one}>
                {t(`state.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </FormField>
      <FormField label={t("posts.account")} className="min-w-0 sm:w-52">
        {(control) => (
          <Select {...control} value={account} onChange={(event) => onAccount(event.target.value)}>
            <option value="">{t("posts.all_accounts")}</option>
            {accounts.map((one) => (
              <option key={one.id} value={one.id}>
                {`${one.display_name || one.handle} (${networkName(one.platform)})`}
              </option>
            ))}
          </Select>
        )}
      </FormField>
      {children}
    </div>
  )
}
