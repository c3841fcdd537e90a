import { useEffect, useState } from "react"

const everyMs = 15_000
const listeners = new Set<(now: Date) => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** The present, moved on every 15 seconds by one clock for the whole page. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    listeners.add(setNow)
    timer ??= setInterval(() => {
      const present = new Date()
      for (const listener of listeners) listener(present)
    }, everyMs)
    return () => {
      listeners.delete(setNow)
      if (listeners.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }, [])
  return now
}
