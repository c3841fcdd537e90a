import { Popover as Radix } from "radix-ui"
import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"

export const Popover = Radix.Root
export const PopoverTrigger = Radix.Trigger
export const PopoverAnchor = Radix.Anchor
export const PopoverClose = Radix.Close

export function PopoverContent({
  className,
  sideOffset = 6,
  ...props
}: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        sideOffset={sideOffset}
        collisionPadding={8}
        className={cn(
          "z-50 w-72 max-w-[calc(100vw-1rem)] animate-pop-in rounded-lg border border-line bg-raised p-4 shadow-md outline-none",
          className,
        )}
        {...props}
      />
    </Radix.Portal>
  )
}
