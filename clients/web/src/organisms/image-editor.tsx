import { ChevronLeft, ChevronRight, ImagePlus, RotateCw, Trash2 } from "lucide-react"
import { type ReactNode, type RefObject, useRef, useState } from "react"
import { Button } from "@/atoms/button"
import { Progress } from "@/atoms/progress"
import { Textarea } from "@/atoms/textarea"
import { VisuallyHidden } from "@/atoms/visually-hidden"
import { problemText } from "@/i18n/problem-text"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import type { MediaUse } from "@/lib/content"
import { FormField } from "@/molecules/form-field"

/** What the node takes; what a network does not take is told by its limits. */
export const imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"]

export type Pending = { key: string; file: File; progress: number; error: unknown }

type Props<P extends Pending> = {
  media: readonly MediaUse[]
  pending: readonly P[]
  /** The smallest limit of the chosen accounts; 0 for none. */
  altLimit: number
  picker: RefObject<HTMLInputElement | null>
  image: (mediaId: string, alt: string) => ReactNode
  onAdd: (files: File[]) => void
  onChange: (media: MediaUse[]) => void
  onRetry: (image: P) => void
  onRemovePending: (key: string) => void
}

const dragType = "application/x-troupe-image"

/** Images: dropped, pasted or picked; in order, with what they show. Each step works by keyboard too. */
export function ImageEditor<P extends Pending>(props: Props<P>) {
  const { media, pending, altLimit, picker, image, onAdd, onChange, onRetry, onRemovePending } = props
  const { t } = useI18n()
  const [over, setOver] = useState(false)
  const [said, setSaid] = useState("")
  const list = useRef<HTMLUListElement>(null)

  function move(from: number, to: number) {
    const moved = media[from]
    if (!moved || to < 0 || to >= media.length || from === to) return
    const rest = media.filter((_, at) => at !== from)
    onChange([...rest.slice(0, to), moved, ...rest.slice(to)])
    setSaid(t("compose.image_moved", { at: to + 1, count: media.length }))
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way of three; the button is for everyone
    <div
      className={cn(
        "grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-line-strong border-dashed p-3 transition-colors",
        over && "border-accent bg-accent-soft",
      )}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
      onDrop={(event) => {
        setOver(false)
        if (event.dataTransfer.files.length === 0) return
        event.preventDefault()
        onAdd([...event.dataTransfer.files])
      }}
    >
      <div className="flex flex-wrap items-center gap-3">
        <Button variant="secondary" size="sm" onClick={() => picker.current?.click()}>
          <ImagePlus aria-hidden />
          {t("compose.images_add")}
        </Button>
        <span className="text-ink-muted text-sm">
          {t(over ? "compose.images_drop" : "compose.images_text")}
        </span>
        <input
          ref={picker}
          type="file"
          multiple
          accept={imageTypes.join(",")}
          aria-label={t("compose.images_add")}
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            onAdd([...(event.target.files ?? [])])
            event.target.value = ""
          }}
        />
      </div>
      {(media.length > 0 || pending.length > 0) && (
        <ul ref={list} aria-label={t("compose.images")} className="grid grid-cols-[minmax(0,1fr)] gap-3">
          {media.map(({ media_id, alt }, at) => (
            <li
              key={media_id}
              draggable
              onDragStart={(event) => event.dataTransfer.setData(dragType, String(at))}
              onDragOver={(event) => event.dataTransfer.types.includes(dragType) && event.preventDefault()}
              onDrop={(event) => {
                const from = event.dataTransfer.getData(dragType)
                if (from === "") return
                event.preventDefault()
                move(Number(from), at)
              }}
              className="grid grid-cols-[6rem_minmax(0,1fr)] gap-3 rounded-md border border-line bg-surface p-3 sm:grid-cols-[8rem_minmax(0,1fr)]"
            >
              <div className="grid content-start gap-2">
                {image(media_id, alt)}
                <div className="flex justify-between">
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={t("compose.image_earlier", { at: at + 1 })}
                    disabled={at === 0}
                    onClick={() => move(at, at - 1)}
                  >
                    <ChevronLeft aria-hidden className="rtl:rotate-180" />
                  </Button>
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={t("compose.image_later", { at: at + 1 })}
                    disabled={at === media.length - 1}
                    onClick={() => move(at, at + 1)}
                  >
                    <ChevronRight aria-hidden className="rtl:rotate-180" />
                  </Button>
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={t("compose.image_remove", { at: at + 1 })}
                    onClick={() => onChange(media.filter((_, other) => other !== at))}
                  >
                    <Trash2 aria-hidden />
                  </Button>
                </div>
              </div>
              <FormField
                label={t("compose.alt")}
                hint={
                  altLimit > 0
                    ? t("compose.alt_count", { used: [...alt].length, limit: altLimit })
                    : undefined
                }
              >
                {(control) => (
                  <Textarea
                    {...control}
                    dir="auto"
                    value={alt}
                    maxLength={5_000}
                    placeholder={t("compose.alt_hint")}
                    aria-invalid={altLimit > 0 && [...alt].length > altLimit ? true : undefined}
                    className="min-h-20 text-sm"
                    onChange={(event) =>
                      onChange(
                        media.map((one, other) => (other === at ? { ...one, alt: event.target.value } : one)),
                      )
                    }
                  />
                )}
              </FormField>
            </li>
          ))}
          {pending.map((one) => (
            <li
              key={one.key}
              className="grid grid-cols-[minmax(0,1fr)] gap-2 rounded-md border border-line bg-surface p-3"
            >
              <div className="flex flex-wrap items-center gap-2">
                <p className="min-w-0 grow basis-48 truncate text-sm sm:flex-1" dir="auto">
                  {one.file.name || t("compose.image_unnamed")}
                </p>
                {one.error !== null && (
                  <Button variant="secondary" size="sm" onClick={() => onRetry(one)}>
                    <RotateCw aria-hidden />
                    {t("compose.image_retry")}
                  </Button>
                )}
                <Button
                  variant="ghost"
                  size="icon-sm"
                  aria-label={t("common.remove")}
                  onClick={() => onRemovePending(one.key)}
                >
                  <Trash2 aria-hidden />
                </Button>
              </div>
              {one.error === null ? (
                <Progress
                  value={one.progress}
                  label={t("compose.image_uploading", { name: one.file.name || t("compose.image_unnamed") })}
                />
              ) : (
                <p role="alert" className="text-danger text-sm">
                  {t("compose.image_failed", { why: problemText(one.error, t) })}
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      <VisuallyHidden aria-live="polite">{said}</VisuallyHidden>
    </div>
  )
}
