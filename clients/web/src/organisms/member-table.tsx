import type { Member, Role } from "@troupe/api"
import { LogOut, Trash2 } from "lucide-react"
import { Avatar } from "@/atoms/avatar"
import { Badge } from "@/atoms/badge"
import { Button } from "@/atoms/button"
import { Select } from "@/atoms/select"
import { Table, Td, Th, Tr } from "@/atoms/table"
import { VisuallyHidden } from "@/atoms/visually-hidden"
import { useI18n } from "@/i18n/use-i18n"
import { ConfirmDialog } from "@/molecules/confirm-dialog"
import { Time } from "@/molecules/time"
import { type Loaded, Panel } from "./panel"

const roles: readonly Role[] = ["owner", "admin", "editor", "viewer"]

/** On a phone a row becomes two lines: who, and below it the role with what can be done. */
const stacked =
  "max-lg:grid max-lg:grid-cols-[minmax(0,1fr)_auto] max-lg:items-center max-lg:gap-x-3 max-lg:gap-y-2 max-lg:border-line max-lg:border-b max-lg:px-5 max-lg:py-3 max-lg:last:border-b-0"

type Props = {
  of: Loaded<Member[]>
  workspaceName: string
  userId: string
  /** The caller's own role: admins manage all but owners, owners everyone. */
  role: Role
  onChangeRole: (member: Member, role: Role) => void
  onRemove: (member: Member) => Promise<unknown>
}

export function MemberTable({ of, workspaceName, userId, role, onChangeRole, onRemove }: Props) {
  const { t } = useI18n()
  const owners = of.data?.filter((member) => member.role === "owner").length ?? 0
  const mayManage = (member: Member) => role === "owner" || (role === "admin" && member.role !== "owner")
  return (
    <Panel
      title={t("members.title")}
      text={of.data && t("members.text", { count: of.data.length, name: workspaceName })}
      of={of}
    >
      {(members) => (
        <div className="mt-3">
          <Table label={t("members.title")} className="max-lg:block">
            <thead className="max-lg:sr-only">
              <tr>
                <Th>{t("members.member")}</Th>
                <Th>{t("members.role")}</Th>
                <Th className="max-lg:hidden">{t("members.joined")}</Th>
                <Th>
                  <VisuallyHidden>{t("common.actions")}</VisuallyHidden>
                </Th>
              </tr>
            </thead>
            <tbody className="max-lg:block">
              {members.map((member) => {
                const own = member.user_id === userId
                const last = member.role === "owner" && owners === 1
                const name = member.display_name
                return (
                  <Tr key={member.user_id} className={stacked}>
                    <Td className="max-lg:col-span-2 max-lg:border-0 max-lg:p-0">
                      <div className="flex items-center gap-3">
                        <Avatar name={name} />
                        <div className="grid min-w-0 lg:min-w-32">
                          <span className="flex items-center gap-2 font-medium" dir="auto">
                            {name}
                            {own && <Badge>{t("members.you")}</Badge>}
                          </span>
                          <span className="break-words text-ink-muted text-xs [overflow-wrap:anywhere]">
                            {member.email}
                          </span>
                        </div>
                      </div>
                    </Td>
                    <Td className="max-lg:border-0 max-lg:p-0 max-lg:ps-12">
                      {mayManage(member) && !last ? (
                        <Select
                          aria-label={t("members.role_of", { name })}
                          className="w-36"
                          value={member.role}
                          onChange={(event) => {
                            const next = roles.find((one) => one === event.target.value)
                            if (next) onChangeRole(member, next)
                          }}
                        >
                          {roles
                            .filter((one) => role === "owner" || one !== "owner")
                            .map((one) => (
                              <option key={one} value={one}>
                                {t(`role.${one}`)}
                              </option>
                            ))}
                        </Select>
                      ) : (
                        <span title={last ? t("members.last_owner") : undefined}>
                          {t(`role.${member.role}`)}
                        </span>
                      )}
                    </Td>
                    <Td className="whitespace-nowrap text-ink-muted max-lg:hidden">
                      <Time at={member.joined_at} show="relative" />
                    </Td>
                    <Td className="text-end max-lg:border-0 max-lg:p-0">
                      {(own || mayManage(member)) && !last && (
                        <ConfirmDialog
                          title={t(own ? "members.leave_confirm" : "members.remove_confirm", {
                            name,
                            workspace: workspaceName,
                          })}
                          text={t(own ? "members.leave_text" : "members.remove_text")}
                          confirm={own ? t("members.leave") : t("common.remove")}
                          onConfirm={() => onRemove(member)}
                        >
                          <Button
                            variant="ghost"
                            size="icon-sm"
                            aria-label={own ? t("members.leave") : t("members.remove", { name })}
                          >
                            {own ? <LogOut aria-hidden /> : <Trash2 aria-hidden />}
                          </Button>
                        </ConfirmDialog>
                      )}
                    </Td>
                  </Tr>
                )
              })}
            </tbody>
          </Table>
        </div>
      )}
    </Panel>
  )
}
