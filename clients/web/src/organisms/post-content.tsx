import type { Post } from "@troupe/api"
import type { ReactNode } from "react"
import { Card, CardBody, CardHeader, CardTitle } from "@/atoms/card"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import { RichText } from "@/molecules/rich-text"

type Props = {
  post: Post
  authorName: string | undefined
  /** Draws an image of the post: its bytes have to be fetched. */
  image: (mediaId: string, alt: string) => ReactNode
}

/** What is being published: title, text, images with what they show. */
export function PostContent({ post, authorName, image }: Props) {
  const { t, dateTime, zone } = useI18n()
  const written = t("post.written", { when: dateTime(new Date(post.created_at), zone) })
  return (
    <Card aria-label={t("post.content")}>
      <CardHeader>
        <CardTitle>{t("post.content")}</CardTitle>
      </CardHeader>
      <CardBody className="grid gap-4">
        {post.title && (
          <p className="font-semibold text-lg" dir="auto">
            {post.title}
          </p>
        )}
        <p lang={post.language ?? undefined}>
          {post.text ? (
            <RichText text={post.text} platform={post.deliveries[0]?.platform ?? "mastodon"} />
          ) : (
            <span className="text-ink-muted">{t("post.no_text")}</span>
          )}
        </p>
        {post.media.length > 0 && (
          <ul
            aria-label={t("post.images", { count: post.media.length })}
            className={cn("grid gap-3", post.media.length > 1 && "sm:grid-cols-2")}
          >
            {post.media.map(({ media_id, alt }) => (
              <li key={media_id}>
                <figure className="grid gap-1.5">
                  {image(media_id, alt)}
                  <figcaption aria-hidden className="break-words text-ink-muted text-xs" dir="auto">
                    {alt || t("post.no_alt")}
                  </figcaption>
                </figure>
              </li>
            ))}
          </ul>
        )}
        <p className="text-ink-muted text-xs">{authorName ? `${written} · ${authorName}` : written}</p>
      </CardBody>
    </Card>
  )
}
