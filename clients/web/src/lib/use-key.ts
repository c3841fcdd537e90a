import { newIdempotencyKey } from "@troupe/api"
import { useCallback, useRef } from "react"

/** One idempotency key for one thing meant: the same at each try, a new one after `renew()`. */
export function useIdempotencyKey(): { current: () => string; renew: () => void } {
  const key = useRef<string>(undefined)
  const current = useCallback(() => {
    key.current ??= newIdempotencyKey()
    return key.current
  }, [])
  const renew = useCallback(() => {
    key.current = undefined
  }, [])
  return { current, renew }
}
