import { cva, type VariantProps } from "class-variance-authority"
import { CircleAlert, CircleCheck, Info, X } from "lucide-react"
import { Toast as Radix } from "radix-ui"
import type { ReactNode } from "react"

export const ToastProvider = Radix.Provider

const style = cva(
  "pointer-events-auto flex animate-rise-in items-start gap-3 rounded-lg border border-line bg-raised p-4 shadow-lg data-[swipe=move]:translate-x-(--radix-toast-swipe-move-x)",
)
const iconStyle = cva("mt-0.5 size-4.5 shrink-0", {
  variants: { tone: { info: "text-accent", ok: "text-on-ok-soft", danger: "text-danger" } },
})
const icons = { info: Info, ok: CircleCheck, danger: CircleAlert }

export type ToastTone = NonNullable<VariantProps<typeof iconStyle>["tone"]>

export type ToastProps = {
  tone?: ToastTone
  title: string
  text?: string
  /** One button, such as "Undo". */
  action?: { label: string; run: () => void }
  closeLabel: string
  durationMs?: number
  onClose: () => void
}

export function Toast({
  tone = "info",
  title,
  text,
  action,
  closeLabel,
  durationMs,
  onClose,
}: ToastProps): ReactNode {
  const Icon = icons[tone]
  return (
    <Radix.Root
      type={tone === "danger" ? "foreground" : "background"}
      duration={durationMs}
      onOpenChange={(open) => !open && onClose()}
      className={style()}
    >
      <Icon aria-hidden className={iconStyle({ tone })} />
      <div className="grid min-w-0 flex-1 gap-0.5">
        <Radix.Title className="font-medium text-sm">{title}</Radix.Title>
        {text && <Radix.Description className="text-ink-muted text-sm">{text}</Radix.Description>}
      </div>
      {action && (
        <Radix.Action
          altText={action.label}
          onClick={action.run}
          className="shrink-0 cursor-pointer rounded-md px-2 py-1 font-semibold text-accent text-sm hover:bg-sunken"
        >
          {action.label}
        </Radix.Action>
      )}
      <Radix.Close
        aria-label={closeLabel}
        className="inline-flex size-6 shrink-0 cursor-pointer items-center justify-center rounded-sm text-ink-muted hover:bg-sunken hover:text-ink"
      >
        <X aria-hidden className="size-4" />
      </Radix.Close>
    </Radix.Root>
  )
}

/** Above the bottom bar on a phone, in the corner elsewhere. */
export function ToastViewport({ label }: { label: string }) {
  return (
    <Radix.Viewport
      label={label}
      className="pointer-events-none fixed inset-x-4 bottom-[calc(5rem+env(safe-area-inset-bottom))] z-60 flex flex-col gap-2 outline-none md:inset-x-auto md:inset-e-6 md:bottom-6 md:w-96"
    />
  )
}
