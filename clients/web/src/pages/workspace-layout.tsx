import { lazy, Suspense, useDeferredValue, useState } from "react"
import { Outlet, useNavigate, useParams } from "react-router"
import { signOut } from "@/api/auth"
import { useMe } from "@/api/me"
import { useCreateWorkspace, useWorkspaces } from "@/api/workspaces"
import { useLanguage } from "@/contexts/language"
import { LiveProvider, useLive } from "@/contexts/live"
import { useUser } from "@/contexts/session"
import { useTheme } from "@/contexts/theme"
import { useWorkspace, WorkspaceProvider } from "@/contexts/workspace"
import { useIdempotencyKey } from "@/lib/use-key"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { navigation } from "@/navigation"
import { LiveState } from "@/organisms/live-state"
import { OfflineBanner } from "@/organisms/offline-banner"
import { UserMenu } from "@/organisms/user-menu"
import { WorkspaceSwitcher } from "@/organisms/workspace-switcher"
import { AppShell } from "@/templates/app-shell"
import { NotFoundPage } from "./not-found-page"

// The form's libraries are not worth every first page.
const NewWorkspaceDialog = lazy(async () => ({
  default: (await import("@/organisms/new-workspace-dialog")).NewWorkspaceDialog,
}))

/** Everything below /w/:workspaceId: finds the workspace, opens its live stream, draws the frame. */
export function WorkspaceLayout() {
  const { workspaceId } = useParams()
  const workspaces = useWorkspaces()
  if (workspaces.data === undefined)
    return workspaces.isError ? (
      <main className="flex min-h-dvh items-center justify-center">
        <ErrorState
          error={workspaces.error}
          onRetry={() => void workspaces.refetch()}
          retrying={workspaces.isFetching}
        />
      </main>
    ) : (
      <LoadingRows />
    )
  const workspace = workspaces.data.find((one) => one.id === workspaceId)
  if (!workspace) return <NotFoundPage />
  return (
    <WorkspaceProvider key={workspace.id} workspace={workspace} workspaces={workspaces.data}>
      <LiveProvider workspaceId={workspace.id}>
        <Frame />
      </LiveProvider>
    </WorkspaceProvider>
  )
}

function Frame() {
  const { workspace, workspaces } = useWorkspace()
  const user = useUser()
  const me = useMe()
  const { choice, choose } = useTheme()
  const language = useLanguage()
  const navigate = useNavigate()
  const live = useLive()
  const create = useCreateWorkspace()
  const key = useIdempotencyKey()
  const [making, setMaking] = useState(false)
  // The frame at once, its content in short pieces after it: together they would hold up a slow phone.
  const framed = useDeferredValue(true, false)

  const menu = {
    user,
    theme: choice,
    onTheme: choose,
    language: language.language,
    onLanguage: language.choose,
    onSignOut: () => void signOut().catch(() => undefined),
  }
  return (
    <>
      <AppShell
        nav={navigation({ workspaceId: workspace.id, operator: me.data?.operator === true })}
        switcher={
          <WorkspaceSwitcher
            workspace={workspace}
            workspaces={workspaces}
            onSwitch={(id) => void navigate(`/w/${id}`)}
            onNew={() => setMaking(true)}
          />
        }
        userMenu={<UserMenu {...menu} />}
        userMenuCompact={<UserMenu {...menu} compact />}
        live={<LiveState state={live} />}
        banner={<OfflineBanner />}
      >
        <Suspense fallback={<LoadingRows />}>{framed && <Outlet />}</Suspense>
      </AppShell>
      {making && (
        <Suspense>
          <NewWorkspaceDialog
            open={making}
            onOpenChange={(open) => {
              if (open) key.renew()
              setMaking(open)
            }}
            busy={create.isPending}
            error={create.error}
            onSubmit={(values) =>
              create.mutate(
                { ...values, key: key.current(JSON.stringify(values)) },
                {
                  onSuccess: (made) => {
                    key.renew()
                    setMaking(false)
                    void navigate(`/w/${made.id}`)
                  },
                },
              )
            }
          />
        </Suspense>
      )}
    </>
  )
}
