import { useSyncExternalStore } from "react"

function subscribe(listener: () => void) {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["dir"] })
  return () => observer.disconnect()
}

/** Which way the page is read: `dir` of the document, which follows the language. */
export function useDirection(): "ltr" | "rtl" {
  return useSyncExternalStore(subscribe, () => (document.documentElement.dir === "rtl" ? "rtl" : "ltr"))
}
