import { useEffect, useMemo } from "react"
import type { MessageKey } from "@/i18n/catalogue"
import { useI18n } from "@/i18n/use-i18n"
import { useLatest } from "@/lib/use-latest"

/** `keys` as "Mod+Shift+Enter"; Mod is ⌘ on a Mac and Ctrl elsewhere. */
type Shortcut = { keys: string; does: MessageKey; run: () => void }

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)
const signs: Record<string, string> = isMac ? { Mod: "⌘", Shift: "⇧", Alt: "⌥" } : { Mod: "Ctrl" }

function fits(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split("+")
  const key = parts.at(-1) ?? ""
  const mod = isMac ? event.metaKey : event.ctrlKey
  // With Alt a Mac types other letters; the place of the key tells.
  const pressed = event.key.toLowerCase() === key.toLowerCase() || event.code === `Key${key}`
  return (
    pressed &&
    mod === parts.includes("Mod") &&
    event.shiftKey === parts.includes("Shift") &&
    event.altKey === parts.includes("Alt")
  )
}

/** Listens for the keys while the page is there, outside of dialogs, and tells them for the help. */
export function useShortcuts(shortcuts: readonly Shortcut[]) {
  const { t } = useI18n()
  const latest = useLatest(shortcuts)
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.isComposing || event.repeat || document.querySelector("[role=dialog],[role=alertdialog]"))
        return
      const found = latest.current.find(({ keys }) => fits(event, keys))
      if (!found) return
      event.preventDefault()
      found.run()
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [latest])
  const shape = shortcuts.map(({ keys, does }) => `${keys}|${does}`).join()
  return useMemo(
    () =>
      shape.split(",").map((one) => {
        const [keys = "", does] = one.split("|")
        return { keys: keys.split("+").map((key) => signs[key] ?? key), does: t(does as MessageKey) }
      }),
    [shape, t],
  )
}
