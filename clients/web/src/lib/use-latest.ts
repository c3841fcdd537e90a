import { useEffect, useRef } from "react"

/** The newest value of a prop for a callback that outlives its render. */
export function useLatest<T>(value: T) {
  const latest = useRef(value)
  useEffect(() => {
    latest.current = value
  })
  return latest
}
