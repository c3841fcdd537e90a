import { useRef } from "react"

/** A menu is gone when the dialog that it opened closes; its button is still there. */
function lasting(element: Element | null): Element | null {
  const opener = element?.closest('[role="menu"]')?.getAttribute("aria-labelledby")
  return (opener && document.getElementById(opener)) || element
}

/**
 * For a dialog that was not opened by a trigger of its own: remembers who had the focus, and gives it back. Without this the
 * focus would be lost to the page's beginning.
 */
export function useReturnFocus() {
  const before = useRef<Element>(null)
  return {
    onOpenAutoFocus: () => {
      before.current = lasting(document.activeElement)
    },
    onCloseAutoFocus: (event: Event) => {
      if (!(before.current instanceof HTMLElement) || !before.current.isConnected) return
      event.preventDefault()
      before.current.focus()
    },
  }
}
