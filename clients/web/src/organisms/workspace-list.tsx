import type { Workspace } from "@troupe/api"
import { Plus } from "lucide-react"
import { Avatar } from "@/atoms/avatar"
import {
  AnchoredMenu,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
} from "@/atoms/dropdown-menu"
import type { MenuOf } from "@/atoms/menu-button"
import { useI18n } from "@/i18n/use-i18n"

export type WorkspaceListOf = {
  workspace: Workspace
  workspaces: readonly Workspace[]
  onSwitch: (id: string) => void
  onNew: () => void
}

export function WorkspaceList(props: WorkspaceListOf & MenuOf) {
  const { workspace, workspaces, onSwitch, onNew, ...menu } = props
  const { t } = useI18n()
  return (
    <AnchoredMenu {...menu} label={t("shell.workspaces")} align="start" className="max-w-[calc(100vw-1rem)]">
      <DropdownMenuLabel>{t("shell.workspaces")}</DropdownMenuLabel>
      <DropdownMenuRadioGroup value={workspace.id} onValueChange={onSwitch}>
        {workspaces.map((one) => (
          <DropdownMenuRadioItem key={one.id} value={one.id}>
            <Avatar name={one.name} square className="size-6" />
            <span className="truncate" dir="auto">
              {one.name}
            </span>
          </DropdownMenuRadioItem>
        ))}
      </DropdownMenuRadioGroup>
      <DropdownMenuSeparator />
      <DropdownMenuItem onSelect={onNew}>
        <Plus aria-hidden />
        {t("shell.new_workspace")}
      </DropdownMenuItem>
    </AnchoredMenu>
  )
}
