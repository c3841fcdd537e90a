import { useMutation, useQueryClient } from "@tanstack/react-query"
import { isProblem, type User, type Workspace } from "@troupe/api"
import { type ReactNode, useState } from "react"
import { useNavigate } from "react-router"
import { changePassword, signOutEverywhere } from "@/api/auth"
import { session } from "@/api/client"
import { useCreateInvite, useInvites, useRevokeInvite } from "@/api/invites"
import { keys } from "@/api/keys"
import { fetchMe, useEndSession, useMySessions, useUpdateMe } from "@/api/me"
import { useChangeRole, useMembers, useRemoveMember } from "@/api/members"
import { fetchWorkspace, useUpdateWorkspace } from "@/api/workspaces"
import { Card, CardBody, CardHeader, CardText, CardTitle } from "@/atoms/card"
import { useLanguage } from "@/contexts/language"
import { useUser } from "@/contexts/session"
import { useTheme } from "@/contexts/theme"
import { useProblemToast, useToast } from "@/contexts/toasts"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { useIdempotencyKey } from "@/lib/use-key"
import { InviteDialog } from "@/organisms/invite-dialog"
import { InviteList } from "@/organisms/invite-list"
import { MemberTable } from "@/organisms/member-table"
import { PasswordForm } from "@/organisms/password-form"
import { LanguagePicker, ThemePicker } from "@/organisms/preference-pickers"
import { ProfileForm } from "@/organisms/profile-form"
import { SessionList } from "@/organisms/session-list"
import { WorkspaceForm } from "@/organisms/workspace-form"
import { Page } from "@/templates/page"
import { type Section, SettingsLayout } from "@/templates/settings-layout"

function sections(workspaceId: string): Section[] {
  const base = `/w/${workspaceId}/settings`
  return [
    { to: `${base}/profile`, label: "settings.profile" },
    { to: `${base}/security`, label: "settings.security" },
    { to: `${base}/appearance`, label: "settings.appearance" },
    { to: `${base}/workspace`, label: "settings.workspace" },
    { to: `${base}/members`, label: "settings.members" },
  ]
}

function SettingsPage({ title, children }: { title: string; children: ReactNode }) {
  const { workspace } = useWorkspace()
  return (
    <Page title={title}>
      <SettingsLayout sections={sections(workspace.id)}>{children}</SettingsLayout>
    </Page>
  )
}

export function ProfileSettingsPage() {
  const { t } = useI18n()
  const user = useUser()
  const update = useUpdateMe()
  const toast = useToast()
  // As in WorkspaceSettingsPage below.
  const [theirs, setTheirs] = useState<User>()
  return (
    <SettingsPage title={t("settings.profile")}>
      <ProfileForm
        user={user}
        busy={update.isPending}
        error={update.error}
        theirs={theirs}
        onTakeTheirs={() => {
          if (theirs) session.update(theirs)
          setTheirs(undefined)
        }}
        onSubmit={(display_name) =>
          update.mutate(
            { display_name, version: (theirs ?? user).version },
            {
              onSuccess: () => {
                setTheirs(undefined)
                toast({ tone: "ok", title: t("common.saved") })
              },
              onError: async (error) => {
                if (isProblem(error, "precondition-failed")) setTheirs(await fetchMe().catch(() => undefined))
              },
            },
          )
        }
      />
    </SettingsPage>
  )
}

export function SecuritySettingsPage() {
  const { t } = useI18n()
  const user = useUser()
  const sessions = useMySessions()
  const end = useEndSession()
  const queries = useQueryClient()
  const toast = useToast()
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      toast({ tone: "ok", title: t("password.changed"), text: t("password.changed_text") })
      return queries.invalidateQueries({ queryKey: keys.mySessions })
    },
  })
  return (
    <SettingsPage title={t("settings.security")}>
      <PasswordForm
        email={user.email}
        busy={change.isPending}
        error={change.error}
        done={change.isSuccess}
        onSubmit={(values) => change.mutate(values)}
      />
      <SessionList
        of={sessions}
        onEnd={(id) =>
          end.mutateAsync(id).then(() => {
            toast({ tone: "ok", title: t("sessions.ended") })
          })
        }
        onEndAll={signOutEverywhere}
      />
    </SettingsPage>
  )
}

export function AppearanceSettingsPage() {
  const { t } = useI18n()
  const theme = useTheme()
  const language = useLanguage()
  return (
    <SettingsPage title={t("settings.appearance")}>
      <Card>
        <CardHeader>
          <div className="grid gap-0.5">
            <CardTitle>{t("shell.theme")}</CardTitle>
            <CardText>{t("appearance.text")}</CardText>
          </div>
        </CardHeader>
        <CardBody>
          <ThemePicker value={theme.choice} onChange={theme.choose} />
        </CardBody>
      </Card>
      <Card>
        <CardHeader>
          <div className="grid gap-0.5">
            <CardTitle>{t("shell.language")}</CardTitle>
            <CardText>{t("appearance.language_text")}</CardText>
          </div>
        </CardHeader>
        <CardBody>
          <LanguagePicker value={language.language} onChange={language.choose} />
        </CardBody>
      </Card>
    </SettingsPage>
  )
}

export function WorkspaceSettingsPage() {
  const { t } = useI18n()
  const { workspace, may } = useWorkspace()
  const update = useUpdateWorkspace(workspace.id)
  const queries = useQueryClient()
  const toast = useToast()
  // What the node has, after a 412: shown beside what was typed, and the version the next save replaces.
  const [theirs, setTheirs] = useState<Workspace>()

  function settle(now: Workspace) {
    setTheirs(undefined)
    queries.setQueryData<Workspace[]>(keys.workspaces, (all) =>
      all?.map((one) => (one.id === now.id ? now : one)),
    )
  }
  return (
    <SettingsPage title={t("settings.workspace")}>
      <WorkspaceForm
        workspace={workspace}
        readOnly={!may("admin")}
        busy={update.isPending}
        error={update.error}
        theirs={theirs}
        onTakeTheirs={() => theirs && settle(theirs)}
        onSubmit={(values) =>
          update.mutate(
            { ...values, version: (theirs ?? workspace).version },
            {
              onSuccess: (now) => {
                settle(now)
                toast({ tone: "ok", title: t("common.saved") })
              },
              onError: async (error) => {
                if (isProblem(error, "precondition-failed"))
                  setTheirs(await fetchWorkspace(workspace.id).catch(() => undefined))
              },
            },
          )
        }
      />
    </SettingsPage>
  )
}

export function MembersSettingsPage() {
  const { t } = useI18n()
  const user = useUser()
  const { workspace, may } = useWorkspace()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const toast = useToast()
  const showProblem = useProblemToast()
  const members = useMembers(workspace.id)
  const changeRole = useChangeRole(workspace.id)
  const remove = useRemoveMember(workspace.id)
  const invites = useInvites(workspace.id, may("admin"))
  const create = useCreateInvite(workspace.id)
  const revoke = useRevokeInvite(workspace.id)
  const key = useIdempotencyKey()
  const [inviting, setInviting] = useState(false)
  return (
    <SettingsPage title={t("settings.members")}>
      <MemberTable
        of={members}
        workspaceName={workspace.name}
        userId={user.id}
        role={workspace.role}
        onChangeRole={(member, role) =>
          changeRole.mutate(
            { userId: member.user_id, role },
            {
              onError: showProblem,
              onSuccess: () =>
                toast({
                  tone: "ok",
                  title: t("members.role_changed", { name: member.display_name, role: t(`role.${role}`) }),
                }),
            },
          )
        }
        onRemove={async (member) => {
          await remove.mutateAsync(member.user_id)
          if (member.user_id === user.id) {
            await queries.invalidateQueries({ queryKey: keys.workspaces })
            await navigate("/")
          } else toast({ tone: "ok", title: t("members.removed", { name: member.display_name }) })
        }}
      />
      {may("admin") && (
        <InviteList
          of={invites}
          onRevoke={(id) =>
            revoke.mutateAsync(id).then(() => {
              toast({ tone: "ok", title: t("invites.revoked") })
            })
          }
          action={
            <InviteDialog
              open={inviting}
              onOpenChange={(open) => {
                if (open) {
                  create.reset()
                  key.renew()
                }
                setInviting(open)
              }}
              busy={create.isPending}
              error={create.error}
              created={create.data}
              onSubmit={(values) => create.mutate({ ...values, key: key.current(JSON.stringify(values)) })}
            />
          }
        />
      )}
    </SettingsPage>
  )
}
