import { type KeyboardEvent, memo } from "react"
import { useI18n } from "@/i18n/use-i18n"
import { type Item, isMovable } from "@/lib/calendar-items"
import { cn } from "@/lib/cn"
import { NetworkIcon, networkName } from "@/molecules/network-icon"

export const dragType = "application/x-troupe-post"

/** What an entry tells the calendar; one object for all of them, so that entries are not drawn anew for each other. */
export type EntryEvents = {
  onOpen: (postId: string) => void
  onKey: (event: KeyboardEvent<HTMLElement>, item: Item) => void
}

const tones: Record<string, string> = {
  scheduled: "bg-accent-soft text-on-accent-soft",
  sending: "bg-info-soft text-on-info-soft",
  published: "bg-ok-soft text-on-ok-soft",
  failed: "bg-danger-soft text-on-danger-soft",
  needs_review: "bg-warn-soft text-on-warn-soft",
  in_doubt: "bg-warn-soft text-on-warn-soft",
  partly_published: "bg-warn-soft text-on-warn-soft",
}
const marks: Record<string, string> = {
  failed: "!",
  needs_review: "?",
  in_doubt: "?",
  partly_published: "!",
  published: "✓",
}

/** `narrow`: the cell has room for the beginning of the text on wide screens only. */
type Props = { item: Item; events: EntryEvents; tabbable: boolean; showIcon?: boolean; narrow?: boolean }

/** One post in a cell: its time, its beginning, its state by colour and sign; the rest is in its name. */
export const CalendarEntry = memo(function CalendarEntry({
  item,
  events,
  tabbable,
  showIcon,
  narrow,
}: Props) {
  const { t } = useI18n()
  const { post, time } = item
  const text = (post.title || post.text).trim().slice(0, 80) || t("post.no_text")
  const platforms = [...new Set(post.deliveries.map(({ platform }) => platform))]
  const state = t(`state.${post.state}`)
  const mark = marks[post.state]
  return (
    <button
      type="button"
      data-entry={post.id}
      tabIndex={tabbable ? 0 : -1}
      draggable={isMovable(post)}
      aria-label={t("calendar.entry", {
        time,
        text,
        state,
        networks: platforms.map(networkName).join(", "),
      })}
      title={`${time} ${text}`}
      onClick={() => events.onOpen(post.id)}
      onKeyDown={(event) => events.onKey(event, item)}
      onDragStart={(event) => {
        event.dataTransfer.setData(dragType, post.id)
        event.dataTransfer.effectAllowed = "move"
      }}
      className={cn(
        "flex w-full min-w-0 cursor-pointer items-center gap-1.5 rounded-sm px-1.5 py-0.75 text-start text-xs hover:brightness-95",
        tones[post.state] ?? "bg-idle-soft text-on-idle-soft",
        post.state === "cancelled" && "line-through",
      )}
    >
      <span className="tabular shrink-0 font-semibold">{time}</span>
      {mark && <span aria-hidden>{mark}</span>}
      {(showIcon || narrow) &&
        platforms
          .slice(0, narrow ? 1 : 3)
          .map((one) => (
            <NetworkIcon
              key={one}
              platform={one}
              label="none"
              className={cn("size-3.5", narrow && "hidden md:block lg:hidden")}
            />
          ))}
      <span className={cn("min-w-0 truncate", narrow && "sm:max-lg:hidden")} dir="auto">
        {text}
      </span>
    </button>
  )
})

/** Makes a cell take a dragged post. The highlight is set on the element itself: nothing is drawn anew while dragging. */
export function dropCell(onDrop: (postId: string) => void) {
  return {
    onDragOver: (event: React.DragEvent<HTMLElement>) => {
      if (!event.dataTransfer.types.includes(dragType)) return
      event.preventDefault()
      event.currentTarget.dataset.over = "true"
    },
    onDragLeave: (event: React.DragEvent<HTMLElement>) => {
      delete event.currentTarget.dataset.over
    },
    onDrop: (event: React.DragEvent<HTMLElement>) => {
      delete event.currentTarget.dataset.over
      const id = event.dataTransfer.getData(dragType)
      if (!id) return
      event.preventDefault()
      onDrop(id)
    },
  }
}

export const overStyle =
  "data-[over=true]:bg-accent-soft data-[over=true]:ring-2 data-[over=true]:ring-accent data-[over=true]:ring-inset"
