import type { Account, Post } from "@troupe/api"
import { Image } from "lucide-react"
import { Link } from "react-router"
import { Checkbox } from "@/atoms/checkbox"
import { useI18n } from "@/i18n/use-i18n"
import { NetworkIcon } from "@/molecules/network-icon"
import { StateBadge } from "@/molecules/state-badge"
import { Time } from "@/molecules/time"

type Props = {
  posts: readonly Post[]
  accounts: readonly Account[]
  base: string
  /** undefined where nothing can be selected. */
  selected: ReadonlySet<string> | undefined
  onSelect: (postId: string, on: boolean) => void
}

/** Posts as rows: text, networks, time, state. */
export function PostTable({ posts, accounts, base, selected, onSelect }: Props) {
  const { t, dateTime, zone } = useI18n()
  return (
    <ul className="divide-y divide-line">
      {posts.map((post) => {
        const text = (post.title || post.text).trim() || t("post.no_text")
        const named = post.deliveries.map((one) => {
          const account = accounts.find(({ id }) => id === one.account_id)
          return account?.display_name || account?.handle || ""
        })
        return (
          <li key={post.id} className="flex items-start gap-3 px-5 py-3.5 hover:bg-canvas">
            {selected && (
              <Checkbox
                className="mt-0.5"
                aria-label={t("posts.select", { text: text.slice(0, 60) })}
                checked={selected.has(post.id)}
                onCheckedChange={(on) => onSelect(post.id, on === true)}
              />
            )}
            <div className="flex min-w-0 flex-1 flex-col gap-2 sm:flex-row sm:items-start sm:gap-4">
              <div className="grid min-w-0 flex-1 gap-1">
                <Link
                  to={`${base}/posts/${post.id}`}
                  className="line-clamp-2 break-words rounded-sm font-medium text-sm hover:underline"
                  dir="auto"
                >
                  {text}
                </Link>
                <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-muted text-xs">
                  {post.scheduled_at ? (
                    <Time at={post.scheduled_at} />
                  ) : (
                    <span>{t("post.written", { when: dateTime(new Date(post.created_at), zone) })}</span>
                  )}
                  {post.deliveries.length > 0 && (
                    <span className="flex min-w-0 items-center gap-1.5">
                      {[...new Set(post.deliveries.map(({ platform }) => platform))].map((platform) => (
                        <NetworkIcon key={platform} platform={platform} className="size-4" />
                      ))}
                      <span className="max-w-72 truncate" dir="auto">
                        {named.filter(Boolean).join(", ")}
                      </span>
                    </span>
                  )}
                  {post.media.length > 0 && (
                    <span className="flex items-center gap-1">
                      <Image aria-hidden className="size-3.5" />
                      {t("post.images", { count: post.media.length })}
                    </span>
                  )}
                </div>
              </div>
              <StateBadge state={post.state} />
            </div>
          </li>
        )
      })}
    </ul>
  )
}
