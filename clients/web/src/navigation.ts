import { Activity, CalendarDays, LayoutDashboard, PenLine, PlugZap, ScrollText, Settings } from "lucide-react"
import type { NavItem } from "@/templates/app-shell"

/** What the sidebar and the phone's bar list, in this order: only pages that exist. */
export function navigation({ workspaceId, operator }: { workspaceId: string; operator: boolean }): NavItem[] {
  const base = `/w/${workspaceId}`
  return [
    { to: base, label: "shell.dashboard", icon: LayoutDashboard, end: true },
    { to: `${base}/compose`, label: "shell.compose", icon: PenLine },
    { to: `${base}/calendar`, label: "shell.calendar", icon: CalendarDays },
    { to: `${base}/posts`, label: "shell.posts", icon: ScrollText },
    { to: `${base}/accounts`, label: "shell.accounts", icon: PlugZap },
    { to: `${base}/settings`, label: "shell.settings", icon: Settings },
    ...(operator ? [{ to: `${base}/operations`, label: "shell.operations", icon: Activity } as const] : []),
  ]
}
