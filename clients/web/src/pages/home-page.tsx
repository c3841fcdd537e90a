import { useState } from "react"
import { Navigate, useNavigate } from "react-router"
import { useCreateWorkspace, useWorkspaces } from "@/api/workspaces"
import { preferredWorkspace } from "@/contexts/workspace"
import { useIdempotencyKey } from "@/lib/use-key"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { NewWorkspaceDialog } from "@/organisms/new-workspace-dialog"

/** "/" leads to a workspace; who has none (left the last one) makes one. */
export function HomePage() {
  const workspaces = useWorkspaces()
  const create = useCreateWorkspace()
  const navigate = useNavigate()
  const key = useIdempotencyKey()
  const [open, setOpen] = useState(true)
  if (workspaces.isPending) return <LoadingRows />
  if (workspaces.isError && !workspaces.data)
    return <ErrorState error={workspaces.error} onRetry={() => void workspaces.refetch()} />
  const target = preferredWorkspace(workspaces.data)
  if (target) return <Navigate to={`/w/${target.id}`} replace />
  return (
    <NewWorkspaceDialog
      open={open}
      onOpenChange={(next) => setOpen(next || !create.data)}
      busy={create.isPending}
      error={create.error}
      onSubmit={(values) =>
        create.mutate(
          { ...values, key: key.current(JSON.stringify(values)) },
          { onSuccess: (workspace) => void navigate(`/w/${workspace.id}/welcome`) },
        )
      }
    />
  )
}
