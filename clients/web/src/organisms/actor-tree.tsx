import type { ActorNode } from "@troupe/api"
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react"
import { useI18n } from "@/i18n/use-i18n"
import { type ActorRow, type Below, rowsOf, unfolds } from "@/lib/actor-rows"
import { useWindow } from "@/lib/use-window"
import { ActorTreeRow, columns, rowPx } from "./actor-tree-row"

type Props = {
  root: ActorNode
  open: ReadonlySet<string>
  onOpen: (paths: string[], open: boolean) => void
  /** What was fetched below a shard. */
  below: (path: string) => Below | undefined
  onRetry: (path: string) => void
  /** Show this one in depth. */
  onPick: (path: string) => void
}

/** How long letters typed in a row belong to one search. */
const typingMs = 700

/**
 * The tree of actors in the keyboard pattern of a tree view. One element has the focus and names the active row, so that only the
 * rows in view have to exist: tens of thousands scroll as smoothly as ten.
 */
export function ActorTree({ root, open, onOpen, below, onRetry, onPick }: Props) {
  const { t } = useI18n()
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => rowsOf(root, open, below), [root, open, below])
  const [activeKey, setActiveKey] = useState(root.path)
  const found = rows.findIndex((row) => row.key === activeKey)
  // The active row may have gone to rest: the one that took its place on the screen is active then.
  const lastAt = useRef(0)
  const at = found >= 0 ? found : Math.min(lastAt.current, rows.length - 1)
  useEffect(() => {
    lastAt.current = at
  }, [at])
  const { from, to, page, onScroll, reveal } = useWindow(box, rows.length, rowPx)
  const typed = useRef({ text: "", at: 0 })

  function go(to: number) {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))]
    if (!row) return
    setActiveKey(row.key)
    reveal(rows.indexOf(row))
  }

  function act(row: ActorRow) {
    if (row.kind === "actor") onPick(row.node.path)
    else if (row.kind === "failed") onRetry(row.path)
  }

  function search(letter: string) {
    const now = performance.now()
    typed.current = {
      text: now - typed.current.at < typingMs ? typed.current.text + letter : letter,
      at: now,
    }
    const { text } = typed.current
    // A longer search may stay where it is; a first letter moves on.
    const start = text.length > 1 ? at : at + 1
    for (let step = 0; step < rows.length; step += 1) {
      const next = (start + step) % rows.length
      const row = rows[next]
      if (row?.kind === "actor" && row.node.name.toLowerCase().startsWith(text)) return go(next)
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    const row = rows[at]
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return
    const rtl = getComputedStyle(event.currentTarget).direction === "rtl"
    const [inward, outward] = rtl ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"]
    const unfolded = row.kind === "actor" ? row.open : undefined
    const { key } = event
    if (key === "ArrowDown") go(at + 1)
    else if (key === "ArrowUp") go(at - 1)
    else if (key === "PageDown") go(at + page)
    else if (key === "PageUp") go(at - page)
    else if (key === "Home") go(0)
    else if (key === "End") go(rows.length - 1)
    else if (key === inward && unfolded === false) onOpen([row.key], true)
    else if (key === inward && unfolded === true) go(at + 1)
    else if (key === outward && unfolded === true) onOpen([row.key], false)
    else if (key === outward) go(rows.findIndex((one) => one.key === row.parent))
    else if (key === "Enter" || key === " ") act(row)
    else if (key === "*") unfoldLevel(row)
    else if (key.length === 1) search(key.toLowerCase())
    else return
    event.preventDefault()
  }

  function unfoldLevel(row: ActorRow) {
    const siblings = rows.filter(
      (one) => one.parent === row.parent && one.kind === "actor" && unfolds(one.node),
    )
    onOpen(
      siblings.map((one) => one.key),
      true,
    )
  }

  const inView = rows.slice(from, to)
  const active = rows[at]
  // The active row exists even when it was scrolled away, else nothing would be named to a screen reader.
  if (active && (at < from || at >= to)) inView.push(active)
  return (
    <div className="@container mt-3">
      <div aria-hidden className={`${columns} border-line border-y bg-sunken py-2 text-ink-muted text-xs`}>
        <span>{t("actors.name")}</span>
        <span className="hidden @3xl:block">{t("actors.state")}</span>
        <span className="text-end">{t("actors.mailbox")}</span>
        <span className="hidden text-end @md:block">{t("actors.restarts")}</span>
        <span className="hidden text-end @3xl:block">{t("actors.age")}</span>
        <span className="hidden text-end @3xl:block">{t("actors.epoch")}</span>
      </div>
      <div
        ref={box}
        role="tree"
        aria-label={t("actors.title", { name: root.name })}
        aria-activedescendant={active && `${id}-${active.key}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onScroll={onScroll}
        className="group/tree max-h-[min(70dvh,44rem)] overflow-y-auto rounded-b-lg focus-visible:-outline-offset-2"
      >
        <div role="none" className="relative" style={{ height: rows.length * rowPx }}>
          {inView.map((row) => (
            <ActorTreeRow
              key={row.key}
              id={`${id}-${row.key}`}
              row={row}
              top={rows.indexOf(row) * rowPx}
              active={row === active}
              onToggle={() => row.kind === "actor" && onOpen([row.key], !row.open)}
              onClick={() => {
                setActiveKey(row.key)
                act(row)
              }}
            />
          ))}
        </div>
      </div>
    </div>
  )
}
