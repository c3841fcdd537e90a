import type { Account } from "@troupe/api"
import { Globe, Heart, MessageCircle, Repeat2, Star } from "lucide-react"
import type { ReactNode } from "react"
import { Avatar } from "@/atoms/avatar"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import type { MediaUse } from "@/lib/content"
import { RichText } from "@/molecules/rich-text"

type Props = {
  account: Account
  text: string
  title: string | null
  media: readonly MediaUse[]
  image: (mediaId: string, alt: string) => ReactNode
}

/** How a post will about look on its network, drawn by ourselves. */
export function PostPreview(props: Props) {
  const { t } = useI18n()
  const { account, text, title, media } = props
  if (text.trim() === "" && media.length === 0 && !title)
    return <p className="py-6 text-center text-ink-muted text-sm">{t("compose.preview_empty")}</p>
  return account.platform === "wordpress" ? <Article {...props} /> : <Note {...props} />
}

/** A short post: who, when, text, images, what readers can do. */
function Note({ account, text, media, image }: Props) {
  const { t } = useI18n()
  const { platform } = account
  const name = account.display_name || account.handle
  const handle = account.handle.startsWith("@") ? account.handle : `@${account.handle}`
  const Like = platform === "mastodon" ? Star : Heart
  const round = platform === "mastodon" ? "rounded-md" : "rounded-full"
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-3 rounded-lg border border-line bg-surface p-4">
      <Avatar name={name} className={cn("size-10", round)} />
      <div className="grid min-w-0 gap-2">
        <div
          className={cn(
            "flex min-w-0 text-sm",
            platform === "mastodon" ? "flex-col" : "items-baseline gap-1.5",
          )}
        >
          <span className="truncate font-semibold" dir="auto">
            {name}
          </span>
          <span className="flex min-w-0 items-center gap-1 text-ink-muted">
            <span className="truncate">{handle}</span>
            <span aria-hidden>·</span>
            <span className="shrink-0">{t("compose.preview_now")}</span>
            {platform === "mastodon" && <Globe aria-hidden className="size-3.5 shrink-0" />}
          </span>
        </div>
        <p className="text-base">
          <RichText text={text} platform={platform} />
        </p>
        <Pictures media={media} image={image} />
        <div aria-hidden className="flex max-w-xs justify-between pt-1 text-ink-faint [&_svg]:size-4">
          <MessageCircle />
          <Repeat2 />
          <Like />
        </div>
      </div>
    </div>
  )
}

/** A blog: title, lead image, paragraphs. Without a title the first line is it. */
function Article({ text, title, media, image }: Props) {
  const lines = text.split(/\n+/).filter((line) => line.trim() !== "")
  const heading = title || lines[0] || ""
  const rest = title ? lines : lines.slice(1)
  const [lead, ...others] = media
  return (
    <div className="grid gap-3 rounded-lg border border-line bg-surface p-5">
      {lead && image(lead.media_id, lead.alt)}
      <p className="font-semibold text-xl" dir="auto">
        {heading}
      </p>
      {rest.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: paragraphs have no identity
        <p key={at}>
          <RichText text={line} platform="wordpress" />
        </p>
      ))}
      <Pictures media={others} image={image} />
    </div>
  )
}

function Pictures({ media, image }: Pick<Props, "media" | "image">) {
  if (media.length === 0) return null
  return (
    <div className={cn("grid gap-1.5", media.length > 1 && "grid-cols-2")}>
      {media.map(({ media_id, alt }) => (
        <div key={media_id} className="min-w-0">
          {image(media_id, alt)}
        </div>
      ))}
    </div>
  )
}
