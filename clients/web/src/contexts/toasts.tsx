import { createContext, type ReactNode, useCallback, useContext, useState } from "react"
import type { Shown } from "@/atoms/toaster"
import { problemText } from "@/i18n/problem-text"
import { useI18n } from "@/i18n/use-i18n"
import { deferred, useDeferred } from "@/lib/deferred"

export type NewToast = Omit<Shown, "id">

const shownAtMost = 3
const ToastsContext = createContext<(toast: NewToast) => void>(() => undefined)
const toaster = deferred(async () => (await import("@/atoms/toaster")).Toaster)
let lastId = 0

/** Short words about what just happened, read out by screen readers; they wait while the pointer or the focus is on them. */
export function ToastsProvider({ children }: { children: ReactNode }) {
  const { t } = useI18n()
  const [toasts, setToasts] = useState<Shown[]>([])
  const Toaster = useDeferred(toaster, toasts.length > 0)
  const show = useCallback((toast: NewToast) => {
    lastId += 1
    const id = lastId
    setToasts((all) => [...all, { ...toast, id }].slice(-shownAtMost))
    // Without a connection at the last one's time it may not have come.
    toaster.start()
  }, [])
  const close = useCallback((id: number) => setToasts((all) => all.filter((one) => one.id !== id)), [])
  return (
    <ToastsContext value={show}>
      {children}
      {Toaster && (
        <Toaster
          toasts={toasts}
          label={t("common.notifications")}
          closeLabel={t("common.close")}
          onClose={close}
        />
      )}
    </ToastsContext>
  )
}

export function useToast(): (toast: NewToast) => void {
  return useContext(ToastsContext)
}

/** Shows a failed call that has no place of its own on the page. */
export function useProblemToast(): (error: unknown) => void {
  const show = useToast()
  const { t } = useI18n()
  return (error) => show({ tone: "danger", title: t("problem.title"), text: problemText(error, t) })
}
