import "@testing-library/jest-dom/vitest"
import "@/i18n/areas/accounts"
import "@/i18n/areas/operations"
import "@/i18n/areas/publish"
import { cleanup, configure } from "@testing-library/react"
import { afterEach, vi } from "vitest"

// Pages are compiled when they are first opened, which takes its time on a busy machine.
configure({ asyncUtilTimeout: 40_000 })

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
