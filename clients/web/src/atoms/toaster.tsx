import { Toast, type ToastProps, ToastProvider, ToastViewport } from "./toast"

export type Shown = Omit<ToastProps, "closeLabel" | "onClose"> & { id: number }
type Props = {
  toasts: readonly Shown[]
  label: string
  closeLabel: string
  onClose: (id: number) => void
}

/** All that is said at the moment; fetched after the first page, since a page begins with nothing to say. */
export function Toaster({ toasts, label, closeLabel, onClose }: Props) {
  return (
    <ToastProvider label={label} duration={6_000}>
      {toasts.map(({ id, ...toast }) => (
        <Toast key={id} {...toast} closeLabel={closeLabel} onClose={() => onClose(id)} />
      ))}
      <ToastViewport label={label} />
    </ToastProvider>
  )
}
