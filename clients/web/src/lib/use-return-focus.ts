import { useRef } from "react"

/**
 * For a dialog that was not opened by a trigger of its own: remembers who had the focus, and gives it back. Without this the
 * focus would be lost to the page's beginning.
 */
export function useReturnFocus() {
  const before = useRef<Element>(null)
  return {
    onOpenAutoFocus: () => {
      before.current = document.activeElement
    },
    onCloseAutoFocus: (event: Event) => {
      if (!(before.current instanceof HTMLElement) || !before.current.isConnected) return
      event.preventDefault()
      before.current.focus()
    },
  }
}
