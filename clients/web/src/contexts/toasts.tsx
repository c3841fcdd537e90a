import { createContext, type ReactNode, useCallback, useContext, useState } from "react"
import { Toast, type ToastProps, ToastProvider, ToastViewport } from "@/atoms/toast"
import { problemText } from "@/i18n/problem-text"
import { useI18n } from "@/i18n/use-i18n"

export type NewToast = Pick<ToastProps, "tone" | "title" | "text" | "action" | "durationMs">
type Shown = NewToast & { id: number }

const shownAtMost = 3
const ToastsContext = createContext<(toast: NewToast) => void>(() => undefined)
let lastId = 0

/** Short words about what just happened, read out by screen readers; they wait while the pointer or the focus is on them. */
export function ToastsProvider({ children }: { children: ReactNode }) {
  const { t } = useI18n()
  const [toasts, setToasts] = useState<Shown[]>([])
  const show = useCallback((toast: NewToast) => {
    lastId += 1
    const id = lastId
    setToasts((all) => [...all, { ...toast, id }].slice(-shownAtMost))
  }, [])
  return (
    <ToastsContext value={show}>
      <ToastProvider label={t("common.notifications")} duration={6_000}>
        {children}
        {toasts.map(({ id, ...toast }) => (
          <Toast
            key={id}
            {...toast}
            closeLabel={t("common.close")}
            onClose={() => setToasts((all) => all.filter((one) => one.id !== id))}
          />
        ))}
        <ToastViewport label={t("common.notifications")} />
      </ToastProvider>
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
