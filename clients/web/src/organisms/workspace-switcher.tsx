import { ChevronsUpDown } from "lucide-react"
import { Avatar } from "@/atoms/avatar"
import { MenuButton } from "@/atoms/menu-button"
import { useI18n } from "@/i18n/use-i18n"
import { deferred } from "@/lib/deferred"
import type { WorkspaceListOf } from "./workspace-list"

const menu = deferred(async () => (await import("./workspace-list")).WorkspaceList)

export function WorkspaceSwitcher(props: WorkspaceListOf) {
  const { workspace } = props
  const { t } = useI18n()
  return (
    <MenuButton
      menu={menu}
      of={props}
      label={t("shell.switch_workspace", { name: workspace.name })}
      className="flex w-full min-w-0 cursor-pointer items-center gap-2.5 rounded-md border border-line bg-surface p-2 text-start shadow-sm hover:bg-sunken"
    >
      <Avatar name={workspace.name} square className="size-7" />
      <span className="min-w-0 flex-1 truncate font-medium text-sm" dir="auto">
        {workspace.name}
      </span>
      <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-ink-muted" />
    </MenuButton>
  )
}
