import { type ComponentType, type ReactNode, type RefObject, useRef, useState } from "react"
import { type Deferred, useDeferred } from "@/lib/deferred"

/** What a menu gets that is fetched after its button: see `AnchoredMenu`. */
export type MenuOf = {
  anchor: RefObject<HTMLButtonElement | null>
  open: boolean
  onOpenChange: (open: boolean) => void
}

type Props<P> = {
  menu: Deferred<ComponentType<P & MenuOf>>
  /** What the menu is about. */
  of: P
  label: string
  className?: string
  children: ReactNode
}

/** A button that stands at once and whose menu is fetched while nobody waits, or when it is reached for. */
export function MenuButton<P extends object>({ menu, of, label, className, children }: Props<P>) {
  const anchor = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const Menu = useDeferred(menu, open)
  return (
    <div className="relative">
      <button
        ref={anchor}
        type="button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-busy={(open && !Menu) || undefined}
        data-state={open ? "open" : "closed"}
        className={className}
        onPointerEnter={menu.start}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return
          event.preventDefault()
          setOpen(true)
        }}
      >
        {children}
      </button>
      {Menu && <Menu {...of} anchor={anchor} open={open} onOpenChange={setOpen} />}
    </div>
  )
}
