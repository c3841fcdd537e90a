import type { Role, Workspace } from "@troupe/api"
import { createContext, type ReactNode, useContext, useEffect } from "react"
import { ZoneContext } from "@/i18n/use-i18n"
import { mayAct } from "@/lib/roles"
import { store, stored } from "@/lib/storage"

type Current = { workspace: Workspace; workspaces: Workspace[]; may: (least: Role) => boolean }

const WorkspaceContext = createContext<Current | undefined>(undefined)
const key = "troupe.workspace"

/** The workspace of the address bar, its zone for every time below, and what the person may do in it. */
export function WorkspaceProvider(props: {
  workspace: Workspace
  workspaces: Workspace[]
  children: ReactNode
}) {
  const { workspace, workspaces, children } = props
  useEffect(() => store(key, workspace.id), [workspace.id])
  return (
    <WorkspaceContext value={{ workspace, workspaces, may: (least) => mayAct(workspace.role, least) }}>
      <ZoneContext value={workspace.time_zone}>{children}</ZoneContext>
    </WorkspaceContext>
  )
}

export function useWorkspace(): Current {
  const current = useContext(WorkspaceContext)
  if (!current) throw new Error("useWorkspace outside of a workspace")
  return current
}

/** Where "/" leads: the workspace used last on this device, else the first. */
export function preferredWorkspace(workspaces: readonly Workspace[]): Workspace | undefined {
  const last = stored(key)
  return workspaces.find((one) => one.id === last) ?? workspaces[0]
}
