import { X } from "lucide-react"
import { Dialog as Radix } from "radix-ui"
import type { ComponentProps, ReactNode } from "react"
import { cn } from "@/lib/cn"
import { useReturnFocus } from "@/lib/use-return-focus"
import { Scrim } from "./scrim"

export const Sheet = Radix.Root
export const SheetTrigger = Radix.Trigger
export const SheetClose = Radix.Close

type ContentProps = Omit<ComponentProps<typeof Radix.Content>, "title"> & {
  title: ReactNode
  closeLabel: string
  side?: "bottom" | "end"
}

/** A panel from an edge: the bottom on a phone, the end of the line for details. */
export function SheetContent({
  title,
  closeLabel,
  side = "bottom",
  className,
  children,
  ...props
}: ContentProps) {
  const focus = useReturnFocus()
  return (
    <Radix.Portal>
      <Scrim />
      <Radix.Content
        {...focus}
        aria-describedby={undefined}
        className={cn(
          "fixed z-50 flex animate-rise-in flex-col gap-4 overflow-y-auto border-line bg-raised p-5 shadow-lg outline-none",
          side === "bottom" &&
            "inset-x-0 bottom-0 max-h-[85dvh] rounded-t-xl border-t pb-[calc(1.25rem+env(safe-area-inset-bottom))]",
          side === "end" && "inset-y-0 inset-e-0 w-full max-w-md border-s",
          className,
        )}
        {...props}
      >
        <div className="flex items-center justify-between gap-4">
          <Radix.Title className="font-semibold text-lg">{title}</Radix.Title>
          <Radix.Close
            aria-label={closeLabel}
            className="inline-flex size-9 cursor-pointer items-center justify-center rounded-md text-ink-muted hover:bg-sunken hover:text-ink"
          >
            <X aria-hidden className="size-4" />
          </Radix.Close>
        </div>
        {children}
      </Radix.Content>
    </Radix.Portal>
  )
}

/** One that is drawn only while it is open. */
export function OpenSheet({ onClose, ...props }: ContentProps & { onClose: () => void }) {
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()}>
      <SheetContent {...props} />
    </Sheet>
  )
}
