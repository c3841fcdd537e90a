import { useEffect, useState } from "react"
import { useMediaContent } from "@/api/media"
import { Skeleton } from "@/atoms/skeleton"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"

type Props = { workspaceId: string; mediaId: string; alt: string; className?: string }

/** An image of the workspace. Its bytes need the access token, so they come by fetch and are shown as a blob. */
export function MediaImage({ workspaceId, mediaId, alt, className }: Props) {
  const { t } = useI18n()
  const content = useMediaContent(workspaceId, mediaId)
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!content.data) return
    const made = URL.createObjectURL(content.data)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [content.data])
  const shape = cn("aspect-video w-full rounded-md border border-line bg-sunken object-cover", className)
  if (content.isError)
    return (
      <p className={cn(shape, "grid place-items-center p-3 text-ink-muted text-xs")}>
        {t("post.image_failed")}
      </p>
    )
  return url ? <img src={url} alt={alt} className={shape} /> : <Skeleton className={cn(shape, "h-auto")} />
}
