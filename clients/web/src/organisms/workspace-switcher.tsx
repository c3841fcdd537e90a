import type { Workspace } from "@troupe/api"
import { ChevronsUpDown, Plus } from "lucide-react"
import { Avatar } from "@/atoms/avatar"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/atoms/dropdown-menu"
import { useI18n } from "@/i18n/use-i18n"

type Props = {
  workspace: Workspace
  workspaces: readonly Workspace[]
  onSwitch: (id: string) => void
  onNew: () => void
}

export function WorkspaceSwitcher({ workspace, workspaces, onSwitch, onNew }: Props) {
  const { t } = useI18n()
  return (
    <DropdownMenu>
      <DropdownMenuTrigger
        aria-label={t("shell.switch_workspace", { name: workspace.name })}
        className="flex w-full min-w-0 cursor-pointer items-center gap-2.5 rounded-md border border-line bg-surface p-2 text-start shadow-sm hover:bg-sunken"
      >
        <Avatar name={workspace.name} square className="size-7" />
        <span className="min-w-0 flex-1 truncate font-medium text-sm" dir="auto">
          {workspace.name}
        </span>
        <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-ink-muted" />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start" className="max-w-[calc(100vw-1rem)]">
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
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
