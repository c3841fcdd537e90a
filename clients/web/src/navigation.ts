import { LayoutDashboard, Settings } from "lucide-react"
import type { NavItem } from "@/templates/app-shell"

/** What the sidebar and the phone's bar list, in this order: only pages that exist. */
export function navigation({ workspaceId }: { workspaceId: string; operator: boolean }): NavItem[] {
  const base = `/w/${workspaceId}`
  return [
    { to: base, label: "shell.dashboard", icon: LayoutDashboard, end: true },
    { to: `${base}/settings`, label: "shell.settings", icon: Settings },
  ]
}
