import { AlertDialog as Radix } from "radix-ui"
import type { ComponentProps, ReactNode } from "react"
import { cn } from "@/lib/cn"
import { useReturnFocus } from "@/lib/use-return-focus"
import { Scrim } from "./scrim"

export const AlertDialog = Radix.Root
export const AlertDialogTrigger = Radix.Trigger
export const AlertDialogCancel = Radix.Cancel
export const AlertDialogAction = Radix.Action

type ContentProps = Omit<ComponentProps<typeof Radix.Content>, "title"> & {
  title: ReactNode
  description: ReactNode
}

/** A question that must be answered: Escape and the cancel button leave it, a click beside it does not. */
export function AlertDialogContent({ title, description, className, children, ...props }: ContentProps) {
  const focus = useReturnFocus()
  return (
    <Radix.Portal>
      <Scrim />
      <Radix.Content
        aria-modal
        {...focus}
        className={cn(
          "fixed inset-x-4 top-1/2 z-50 mx-auto flex max-h-[calc(100dvh-2rem)] max-w-md -translate-y-1/2 animate-pop-in flex-col gap-5 overflow-y-auto rounded-xl border border-line bg-raised p-6 shadow-lg outline-none",
          className,
        )}
        {...props}
      >
        <div className="grid gap-1.5">
          <Radix.Title className="font-semibold text-lg">{title}</Radix.Title>
          <Radix.Description className="text-ink-muted text-sm">{description}</Radix.Description>
        </div>
        {children}
      </Radix.Content>
    </Radix.Portal>
  )
}
