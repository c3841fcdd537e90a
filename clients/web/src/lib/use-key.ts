import { newIdempotencyKey } from "@troupe/api"
import { useCallback, useRef } from "react"

/**
 * One idempotency key for one thing meant: the same at each try, a new one after `renew()` and for other words (`meant`).
 */
export function useIdempotencyKey(): { current: (meant?: string) => string; renew: () => void } {
  const key = useRef<string>(undefined)
  const last = useRef("")
  const current = useCallback((meant = "") => {
    if (meant !== last.current) key.current = undefined
    last.current = meant
    key.current ??= newIdempotencyKey()
    return key.current
  }, [])
  const renew = useCallback(() => {
    key.current = undefined
  }, [])
  return { current, renew }
}
