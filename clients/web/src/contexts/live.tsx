import { useQueryClient } from "@tanstack/react-query"
import type { LiveEvent, StreamState } from "@troupe/api"
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react"
import { keys } from "@/api/keys"
import { followWorkspace, invalidateFor } from "@/api/live"
import { VisuallyHidden } from "@/atoms/visually-hidden"
import { useI18n } from "@/i18n/use-i18n"
import { useLatest } from "@/lib/use-latest"

type Listener = (event: LiveEvent) => void
type Live = { state: StreamState; listen: (listener: Listener) => () => void }

const LiveContext = createContext<Live>({ state: "connecting", listen: () => () => undefined })

/** A burst of events costs one round of fetching, not one each. */
const gatherMs = 250

const announced = {
  "delivery.published": "live.delivery.published",
  "delivery.failed": "live.delivery.failed",
  "delivery.needs_review": "live.delivery.needs_review",
  "account.reconnect_required": "live.account.reconnect_required",
} as const

function isAnnounced(kind: string): kind is keyof typeof announced {
  return kind in announced
}

/** One stream for the workspace: makes what is shown fresh, tells pages that listen, and says the important aloud. */
export function LiveProvider({ workspaceId, children }: { workspaceId: string; children: ReactNode }) {
  const queries = useQueryClient()
  const { t } = useI18n()
  const translate = useLatest(t)
  const [state, setState] = useState<StreamState>("connecting")
  const [said, setSaid] = useState("")
  const listeners = useRef(new Set<Listener>())

  useEffect(() => {
    const stop = new AbortController()
    const kinds = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined

    function gather(kind: string) {
      kinds.add(kind)
      timer ??= setTimeout(() => {
        timer = undefined
        invalidateFor(queries, workspaceId, kinds)
        kinds.clear()
      }, gatherMs)
    }

    void followWorkspace({
      workspaceId,
      signal: stop.signal,
      onState: setState,
      onReset: () => void queries.invalidateQueries({ queryKey: keys.workspace(workspaceId) }),
      onEvent: (event) => {
        gather(event.kind)
        if (isAnnounced(event.kind)) setSaid(translate.current(announced[event.kind]))
        for (const listener of listeners.current) listener(event)
      },
    })
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [workspaceId, queries, translate])

  const [live] = useState(() => ({
    listen: (listener: Listener) => {
      listeners.current.add(listener)
      return () => {
        listeners.current.delete(listener)
      }
    },
  }))
  return (
    <LiveContext value={{ state, listen: live.listen }}>
      {children}
      <VisuallyHidden aria-live="polite">{said}</VisuallyHidden>
    </LiveContext>
  )
}

export function useLive(): StreamState {
  return useContext(LiveContext).state
}

/** Hears each event of the workspace; for what an invalidation cannot say. */
export function useLiveEvent(listener: Listener): void {
  const { listen } = useContext(LiveContext)
  const latest = useLatest(listener)
  useEffect(() => listen((event) => latest.current(event)), [listen, latest])
}
