import "@testing-library/jest-dom/vitest"
import "@/i18n/areas/accounts"
import "@/i18n/areas/operations"
import "@/i18n/areas/publish"
import { cleanup, configure } from "@testing-library/react"
import { afterEach, vi } from "vitest"

// A page that is loaded for the first time takes its while on a busy machine.
configure({ asyncUtilTimeout: 5_000 })

// What jsdom lacks and Radix asks for.
class NoResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal("ResizeObserver", NoResizeObserver)
Element.prototype.scrollIntoView ??= () => undefined
Element.prototype.hasPointerCapture ??= () => false
Element.prototype.releasePointerCapture ??= () => undefined
window.scrollTo = () => undefined
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList

afterEach(() => {
  cleanup()
  localStorage.clear()
  sessionStorage.clear()
})
