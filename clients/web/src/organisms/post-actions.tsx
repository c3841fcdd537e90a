import type { Post } from "@troupe/api"
import { CalendarClock, Ellipsis, Pencil, Send } from "lucide-react"
import { useState } from "react"
import { Link } from "react-router"
import { Button } from "@/atoms/button"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/atoms/dropdown-menu"
import { useI18n } from "@/i18n/use-i18n"
import { ConfirmDialog } from "@/molecules/confirm-dialog"

export type PostDeed = "unschedule" | "cancel" | "publish-now" | "delete"

type Props = {
  post: Post
  editLink: string
  onSchedule: () => void
  /** Rejects when it did not work; the dialog then says why. */
  onAct: (deed: PostDeed) => Promise<unknown>
}

/** What may be done with a post as it is: the same rules as the node's. */
export function deedsFor(post: Post) {
  const states = post.deliveries.map(({ state }) => state)
  const has = (...wanted: string[]) => states.some((state) => wanted.includes(state))
  const released = has("sending", "in_doubt", "published", "needs_review")
  const open = has("draft", "awaiting_approval", "scheduled", "failed")
  return {
    edit: !released && post.state !== "cancelled",
    schedule: open && !has("sending", "in_doubt"),
    unschedule: has("scheduled") && !released,
    cancel: open || has("needs_review"),
    delete: !released,
    publish: open && !has("sending", "in_doubt"),
  }
}

const titles = {
  unschedule: ["post.unschedule_confirm", "post.unschedule_text", "post.unschedule"],
  cancel: ["post.cancel_confirm", "post.cancel_text", "post.cancel"],
  delete: ["post.delete_confirm", "post.delete_text", "post.delete"],
} as const

export function PostActions({ post, editLink, onSchedule, onAct }: Props) {
  const { t } = useI18n()
  const [asking, setAsking] = useState<keyof typeof titles>()
  const may = deedsFor(post)
  const rest = (["unschedule", "cancel", "delete"] as const).filter((deed) => may[deed])
  const asked = asking && titles[asking]
  return (
    <>
      {may.edit && (
        <Button asChild variant="secondary">
          <Link to={editLink}>
            <Pencil aria-hidden />
            {t("post.edit")}
          </Link>
        </Button>
      )}
      {may.schedule && (
        <Button variant={post.state === "draft" ? "primary" : "secondary"} onClick={onSchedule}>
          <CalendarClock aria-hidden />
          {t(post.state === "scheduled" ? "post.reschedule" : "post.schedule")}
        </Button>
      )}
      {may.publish && (
        <ConfirmDialog
          tone="primary"
          title={t("post.publish_now_confirm", { count: post.deliveries.length })}
          text={t("post.publish_now_text")}
          confirm={t("post.publish_now")}
          onConfirm={() => onAct("publish-now")}
        >
          <Button variant="secondary">
            <Send aria-hidden />
            {t("post.publish_now")}
          </Button>
        </ConfirmDialog>
      )}
      {rest.length > 0 && (
        <DropdownMenu>
          <DropdownMenuTrigger asChild>
            <Button variant="secondary" size="icon" aria-label={t("common.actions")}>
              <Ellipsis aria-hidden />
            </Button>
          </DropdownMenuTrigger>
          <DropdownMenuContent align="end">
            {rest.map((deed) => (
              <DropdownMenuItem key={deed} onSelect={() => setAsking(deed)}>
                {t(titles[deed][2])}
              </DropdownMenuItem>
            ))}
          </DropdownMenuContent>
        </DropdownMenu>
      )}
      {asking && asked && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setAsking(undefined)}
          title={t(asked[0])}
          text={t(asked[1])}
          confirm={t(asked[2])}
          cancel={t("post.keep")}
          onConfirm={() => onAct(asking)}
        />
      )}
    </>
  )
}
