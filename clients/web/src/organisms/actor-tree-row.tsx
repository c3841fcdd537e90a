import { ChevronRight, TriangleAlert } from "lucide-react"
import { useI18n } from "@/i18n/use-i18n"
import type { ActorRow } from "@/lib/actor-rows"
import { cn } from "@/lib/cn"
import { ActorStateBadge } from "@/molecules/actor-state"

export const rowPx = 44

export const columns =
  "grid grid-cols-[minmax(0,1fr)_4rem] items-center gap-x-3 px-3 @md:grid-cols-[minmax(0,1fr)_5rem_5rem] @3xl:grid-cols-[minmax(0,1fr)_10rem_5rem_5rem_5.5rem_4rem]"

type Props = {
  id: string
  row: ActorRow
  top: number
  active: boolean
  onToggle: () => void
  onClick: () => void
}

/** One row of the tree; the tree itself has the focus and the keys. */
export function ActorTreeRow({ id, row, top, active, onToggle, onClick }: Props) {
  const words = useWords(row)
  const { number, duration } = useI18n()
  const node = row.kind === "actor" ? row.node : undefined
  const open = row.kind === "actor" ? row.open : undefined
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names its active row
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys
    <div
      id={id}
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.of}
      aria-expanded={open}
      aria-selected={active}
      aria-label={words}
      onClick={onClick}
      style={{ transform: `translateY(${top}px)`, height: rowPx }}
      className={cn(
        columns,
        "absolute inset-x-0 top-0 cursor-pointer text-sm hover:bg-sunken",
        active &&
          "bg-sunken group-focus-visible/tree:bg-accent-soft group-focus-visible/tree:text-on-accent-soft",
      )}
    >
      <span className="flex min-w-0 items-center gap-1" style={{ paddingInlineStart: (row.level - 1) * 18 }}>
        {open === undefined ? (
          <span className="w-7 shrink-0" />
        ) : (
          // biome-ignore lint/a11y/noStaticElementInteractions: for the pointer alone; the arrow keys do the same
          // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys
          <span
            onClick={(event) => {
              event.stopPropagation()
              onToggle()
            }}
            className="inline-flex size-7 shrink-0 items-center justify-center rounded-sm hover:bg-line"
          >
            <ChevronRight
              aria-hidden
              className={cn("size-4 transition-transform rtl:rotate-180", open && "rotate-90 rtl:rotate-90")}
            />
          </span>
        )}
        {node ? (
          <>
            <bdi className={cn("truncate", node.level === "entity" ? "font-mono text-xs" : "font-medium")}>
              {node.name}
            </bdi>
            {node.last_error && <TriangleAlert aria-hidden className="ms-1 size-3.5 shrink-0 text-danger" />}
          </>
        ) : (
          <span className="truncate text-ink-muted">{words}</span>
        )}
      </span>
      {node && (
        <>
          <span className="hidden @3xl:block">
            <ActorStateBadge state={node.state} />
          </span>
          <span className="tabular text-end">{number(node.mailbox_depth)}</span>
          <span className={cn("tabular hidden text-end @md:block", node.restarts > 0 && "font-semibold")}>
            {number(node.restarts)}
          </span>
          <span className="tabular hidden text-end @3xl:block">{duration(node.age_s * 1_000)}</span>
          <span className="tabular hidden text-end @3xl:block">
            {node.epoch === null ? "" : number(node.epoch)}
          </span>
        </>
      )}
    </div>
  )
}

function useWords(row: ActorRow): string {
  const { t, duration } = useI18n()
  switch (row.kind) {
    case "actor":
      return t("actors.row", {
        name: row.node.name,
        state: t(`actor_state.${row.node.state}`),
        mailbox: row.node.mailbox_depth,
        restarts: row.node.restarts,
        age: duration(row.node.age_s * 1_000),
        error: row.node.last_error ? "yes" : "no",
      })
    case "more":
      return t(row.what === "shard" ? "actors.idle_shards" : "actors.more", { count: row.count })
    case "loading":
      return t("actors.loading")
    case "failed":
      return t("actors.failed")
  }
}
