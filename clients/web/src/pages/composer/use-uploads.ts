import { useQueryClient } from "@tanstack/react-query"
import { newIdempotencyKey } from "@troupe/api"
import { useCallback, useEffect, useRef, useState } from "react"
import { keys } from "@/api/keys"
import { uploadMedia } from "@/api/media"
import { useLatest } from "@/lib/use-latest"

export type PendingImage = { key: string; file: File; progress: number; error: unknown }

/** Images on their way to the node, one after the other, so that they arrive in the order in which they were chosen. */
export function useUploads(workspaceId: string, onUploaded: (mediaId: string, file: File) => void) {
  const queries = useQueryClient()
  const done = useLatest(onUploaded)
  const [pending, setPending] = useState<PendingImage[]>([])
  const stops = useRef(new Map<string, AbortController>())
  const line = useRef<Promise<unknown>>(Promise.resolve())

  const change = useCallback(
    (key: string, to: Partial<PendingImage>) =>
      setPending((all) => all.map((one) => (one.key === key ? { ...one, ...to } : one))),
    [],
  )
  const forget = useCallback((key: string) => setPending((all) => all.filter((one) => one.key !== key)), [])

  const send = useCallback(
    ({ key, file }: PendingImage) => {
      const stop = new AbortController()
      stops.current.set(key, stop)
      line.current = line.current.then(async () => {
        if (stop.signal.aborted) return
        try {
          const { id } = await uploadMedia({
            workspaceId,
            file,
            key,
            signal: stop.signal,
            onProgress: (progress) => change(key, { progress }),
          })
          if (stop.signal.aborted) return
          // The bytes are here already.
          queries.setQueryData(keys.media(workspaceId, id), file)
          forget(key)
          done.current(id, file)
        } catch (error) {
          if (!stop.signal.aborted) change(key, { error, progress: 0 })
        }
      })
    },
    [workspaceId, queries, change, forget, done],
  )

  const add = useCallback(
    (files: readonly File[]) => {
      const added = files.map((file) => ({ key: newIdempotencyKey(), file, progress: 0, error: null }))
      setPending((all) => [...all, ...added])
      for (const one of added) send(one)
    },
    [send],
  )
  const retry = useCallback(
    (image: PendingImage) => {
      change(image.key, { error: null, progress: 0 })
      send(image)
    },
    [change, send],
  )
  const remove = useCallback(
    (key: string) => {
      stops.current.get(key)?.abort()
      forget(key)
    },
    [forget],
  )
  useEffect(() => {
    const all = stops.current
    return () => {
      for (const stop of all.values()) stop.abort()
    }
  }, [])
  return { pending, add, retry, remove }
}
