import { X } from "lucide-react"
import { Dialog as Radix } from "radix-ui"
import type { ComponentProps, ReactNode } from "react"
import { cn } from "@/lib/cn"
import { useReturnFocus } from "@/lib/use-return-focus"
import { Scrim } from "./scrim"

export const Dialog = Radix.Root
export const DialogTrigger = Radix.Trigger
export const DialogClose = Radix.Close

type ContentProps = Omit<ComponentProps<typeof Radix.Content>, "title"> & {
  title: ReactNode
  description?: ReactNode
  /** Name of the closing cross; without it the dialog has none. */
  closeLabel?: string
}

export function DialogContent({
  title,
  description,
  closeLabel,
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
        className={cn(
          "fixed inset-x-4 top-1/2 z-50 mx-auto flex max-h-[calc(100dvh-2rem)] max-w-lg -translate-y-1/2 animate-pop-in flex-col gap-5 overflow-y-auto rounded-xl border border-line bg-raised p-6 shadow-lg outline-none",
          className,
        )}
        {...(description ? {} : { "aria-describedby": undefined })}
        {...props}
      >
        <div className="grid gap-1.5 pe-8">
          <Radix.Title className="font-semibold text-lg">{title}</Radix.Title>
          {description && (
            <Radix.Description className="text-ink-muted text-sm">{description}</Radix.Description>
          )}
        </div>
        {children}
        {closeLabel && (
          <Radix.Close
            aria-label={closeLabel}
            className="absolute inset-e-4 top-4 inline-flex size-8 cursor-pointer items-center justify-center rounded-md text-ink-muted hover:bg-sunken hover:text-ink"
          >
            <X aria-hidden className="size-4" />
          </Radix.Close>
        )}
      </Radix.Content>
    </Radix.Portal>
  )
}

export function DialogActions({ className, ...props }: ComponentProps<"div">) {
  return (
    <div className={cn("flex flex-col-reverse gap-2 sm:flex-row sm:justify-end", className)} {...props} />
  )
}
