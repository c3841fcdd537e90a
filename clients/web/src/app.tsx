import { QueryClientProvider } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import { createQueryClient } from "./api/query-client"
import { LanguageProvider } from "./contexts/language"
import { SessionProvider } from "./contexts/session"
import { ThemeProvider } from "./contexts/theme"
import { ToastsProvider } from "./contexts/toasts"

/** Everything that pages stand on, from the outside in. */
export function App({ children }: { children: ReactNode }) {
  const [queries] = useState(createQueryClient)
  return (
    <QueryClientProvider client={queries}>
      <LanguageProvider>
        <ThemeProvider>
          <ToastsProvider>
            <SessionProvider>{children}</SessionProvider>
          </ToastsProvider>
        </ThemeProvider>
      </LanguageProvider>
    </QueryClientProvider>
  )
}
