import { Check } from "lucide-react"
import { DropdownMenu as Radix } from "radix-ui"
import type { ComponentProps } from "react"
import { cn } from "@/lib/cn"
import type { MenuOf } from "./menu-button"

/** Not modal: Radix's modal menus lock scrolling with an injected <style>, which the CSP forbids. */
export function DropdownMenu(props: Omit<ComponentProps<typeof Radix.Root>, "modal">) {
  return <Radix.Root {...props} modal={false} />
}

export const DropdownMenuTrigger = Radix.Trigger
export const DropdownMenuRadioGroup = Radix.RadioGroup

const item =
  "relative flex cursor-pointer select-none items-center gap-2.5 rounded-sm px-2.5 py-2 text-sm outline-none data-[disabled]:pointer-events-none data-[highlighted]:bg-sunken data-[disabled]:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-muted"

export function DropdownMenuContent({
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
          "z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 max-w-[calc(100vw-1.5rem)] animate-pop-in overflow-y-auto rounded-lg border border-line bg-raised p-1.5 shadow-md",
          className,
        )}
        {...props}
      />
    </Radix.Portal>
  )
}

/** The menu of a `MenuButton`, which stood there before. */
export function AnchoredMenu({
  anchor,
  open,
  onOpenChange,
  label,
  ...props
}: MenuOf & ComponentProps<typeof Radix.Content> & { label: string }) {
  return (
    <DropdownMenu open={open} onOpenChange={onOpenChange}>
      {/* Radix hangs a menu on a trigger of its own: this one only has the place of the button. */}
      <Radix.Trigger asChild>
        <span aria-hidden tabIndex={-1} className="pointer-events-none absolute inset-0" />
      </Radix.Trigger>
      <DropdownMenuContent
        {...props}
        aria-labelledby={undefined}
        aria-label={label}
        onCloseAutoFocus={(event) => {
          event.preventDefault()
          anchor.current?.focus()
        }}
        onInteractOutside={(event) => {
          // The button closes it by itself; closed here it would open again at once.
          if (event.target instanceof Node && anchor.current?.contains(event.target)) event.preventDefault()
        }}
      />
    </DropdownMenu>
  )
}

export function DropdownMenuItem({ className, ...props }: ComponentProps<typeof Radix.Item>) {
  return <Radix.Item className={cn(item, className)} {...props} />
}

export function DropdownMenuRadioItem({
  className,
  children,
  ...props
}: ComponentProps<typeof Radix.RadioItem>) {
  return (
    <Radix.RadioItem className={cn(item, "pe-8", className)} {...props}>
      {children}
      <Radix.ItemIndicator className="absolute inset-e-2.5">
        <Check aria-hidden />
      </Radix.ItemIndicator>
    </Radix.RadioItem>
  )
}

export function DropdownMenuLabel({ className, ...props }: ComponentProps<typeof Radix.Label>) {
  return (
    <Radix.Label
      className={cn("truncate px-2.5 py-1.5 font-medium text-ink-muted text-xs", className)}
      {...props}
    />
  )
}

export function DropdownMenuSeparator({ className, ...props }: ComponentProps<typeof Radix.Separator>) {
  return <Radix.Separator className={cn("-mx-1.5 my-1.5 h-px bg-line", className)} {...props} />
}
