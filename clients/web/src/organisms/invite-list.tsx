import type { Invite } from "@troupe/api"
import { MailPlus } from "lucide-react"
import type { ReactNode } from "react"
import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"
import { useNow } from "@/lib/use-now"
import { ConfirmDialog } from "@/molecules/confirm-dialog"
import { EmptyState } from "@/molecules/empty-state"
import { type Loaded, Panel } from "./panel"

type Props = { of: Loaded<Invite[]>; action: ReactNode; onRevoke: (id: string) => Promise<unknown> }

export function InviteList({ of, action, onRevoke }: Props) {
  const { t, relative } = useI18n()
  const now = useNow()
  return (
    <Panel
      title={t("invites.title")}
      text={t("invites.text")}
      action={action}
      of={of}
      isEmpty={(invites) => invites.length === 0}
      empty={<EmptyState icon={MailPlus} title={t("invites.empty")} text={t("invites.empty_text")} />}
    >
      {(invites) => (
        <ul className="mt-2 divide-y divide-line">
          {invites.map((invite) => (
            <li key={invite.invite_id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-5 py-3.5">
              <div className="grid min-w-0 flex-1 gap-0.5">
                <p className="truncate font-medium text-sm">{invite.email ?? t("invites.anyone")}</p>
                <p className="text-ink-muted text-xs">
                  {t(`role.${invite.role}`)} ·{" "}
                  {t("invites.expires", { when: relative(new Date(invite.expires_at), now) })}
                </p>
              </div>
              <ConfirmDialog
                title={t("invites.revoke_confirm")}
                text={t("invites.revoke_text")}
                confirm={t("invites.revoke")}
                onConfirm={() => onRevoke(invite.invite_id)}
              >
                <Button variant="ghost" size="sm">
                  {t("invites.revoke")}
                </Button>
              </ConfirmDialog>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
