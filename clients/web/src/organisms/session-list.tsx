import type { UserSession } from "@troupe/api"
import { Laptop } from "lucide-react"
import { Badge } from "@/atoms/badge"
import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"
import { deviceName } from "@/lib/user-agent"
import { ConfirmDialog } from "@/molecules/confirm-dialog"
import { EmptyState } from "@/molecules/empty-state"
import { Time } from "@/molecules/time"
import { type Loaded, Panel } from "./panel"

type Props = {
  of: Loaded<UserSession[]>
  onEnd: (id: string) => Promise<unknown>
  onEndAll: () => Promise<unknown>
}

export function SessionList({ of, onEnd, onEndAll }: Props) {
  const { t } = useI18n()
  return (
    <Panel
      title={t("sessions.title")}
      text={t("sessions.text")}
      of={of}
      action={
        <ConfirmDialog
          title={t("sessions.everywhere")}
          text={t("sessions.everywhere_text")}
          confirm={t("sessions.everywhere")}
          onConfirm={onEndAll}
        >
          <Button variant="secondary" size="sm">
            {t("sessions.everywhere")}
          </Button>
        </ConfirmDialog>
      }
      isEmpty={(sessions) => sessions.length === 0}
      empty={<EmptyState icon={Laptop} title={t("sessions.empty")} />}
    >
      {(sessions) => (
        <ul className="mt-2 divide-y divide-line">
          {sessions.map((session) => {
            const agent = deviceName(session.user_agent) ?? t("sessions.unknown_agent")
            return (
              <li key={session.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-5 py-3.5">
                <Laptop aria-hidden className="size-5 shrink-0 text-ink-muted" />
                <div className="grid min-w-0 flex-1 gap-0.5">
                  <p className="flex flex-wrap items-center gap-2 font-medium text-sm">
                    {agent}
                    {session.current && <Badge tone="ok">{t("sessions.this")}</Badge>}
                  </p>
                  <p className="text-ink-muted text-xs">
                    {session.address && (
                      <>
                        <bdi>{session.address}</bdi>
                        {" · "}
                      </>
                    )}
                    {t("sessions.last_used")}{" "}
                    <Time at={session.last_used_at ?? session.created_at} show="relative" />
                  </p>
                </div>
                {!session.current && (
                  <ConfirmDialog
                    title={t("sessions.end_confirm", { agent })}
                    text={t("sessions.end_confirm_text")}
                    confirm={t("sessions.end")}
                    onConfirm={() => onEnd(session.id)}
                  >
                    <Button variant="ghost" size="sm">
                      {t("sessions.end")}
                    </Button>
                  </ConfirmDialog>
                )}
              </li>
            )
          })}
        </ul>
      )}
    </Panel>
  )
}
