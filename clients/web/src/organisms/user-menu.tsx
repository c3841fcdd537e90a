import type { User } from "@troupe/api"
import { Avatar } from "@/atoms/avatar"
import { MenuButton } from "@/atoms/menu-button"
import { useI18n } from "@/i18n/use-i18n"
import { deferred } from "@/lib/deferred"
import type { UserMenuOf } from "./user-menu-list"

const menu = deferred(async () => (await import("./user-menu-list")).UserMenuList)

type Props = Omit<UserMenuOf, "email" | "name"> & {
  user: User
  /** The phone shows the picture alone. */
  compact?: boolean
}

export function UserMenu({ user, compact, ...of }: Props) {
  const { t } = useI18n()
  return (
    <MenuButton
      menu={menu}
      of={{ ...of, email: user.email, name: user.display_name }}
      label={t("shell.user_menu", { name: user.display_name })}
      className="flex w-full min-w-0 cursor-pointer items-center gap-2.5 rounded-md p-1.5 text-start hover:bg-sunken data-[state=open]:bg-sunken"
    >
      <Avatar name={user.display_name} />
      {!compact && (
        <span className="grid min-w-0">
          <span className="truncate font-medium text-sm" dir="auto">
            {user.display_name}
          </span>
          <span className="truncate text-ink-muted text-xs">{user.email}</span>
        </span>
      )}
    </MenuButton>
  )
}
