import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react"
import { store, stored } from "@/lib/storage"

export type ThemeChoice = "light" | "dark" | "system"
type Theme = { choice: ThemeChoice; choose: (choice: ThemeChoice) => void }

const key = "troupe.theme"
const ThemeContext = createContext<Theme>({ choice: "system", choose: () => undefined })

function read(): ThemeChoice {
  const value = stored(key)
  return value === "light" || value === "dark" ? value : "system"
}

/** public/theme.js has set the first theme before anything was painted; this keeps it in step afterwards. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState(read)

  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)")
    const apply = () => {
      const dark = choice === "dark" || (choice === "system" && system.matches)
      document.documentElement.dataset.theme = dark ? "dark" : "light"
    }
    apply()
    system.addEventListener("change", apply)
    return () => system.removeEventListener("change", apply)
  }, [choice])

  useEffect(() => {
    const follow = (event: StorageEvent) => event.key === key && setChoice(read())
    addEventListener("storage", follow)
    return () => removeEventListener("storage", follow)
  }, [])

  const theme = useMemo<Theme>(
    () => ({
      choice,
      choose: (next) => {
        store(key, next === "system" ? undefined : next)
        setChoice(next)
      },
    }),
    [choice],
  )
  return <ThemeContext value={theme}>{children}</ThemeContext>
}

export function useTheme(): Theme {
  return useContext(ThemeContext)
}
