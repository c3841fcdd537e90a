import { useQueryClient } from "@tanstack/react-query"
import type { SessionState, User } from "@troupe/api"
import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from "react"
import { session } from "@/api/client"

const SessionContext = createContext<SessionState>({ kind: "unknown" })

/** Knows who is signed in. Begins with a refresh by cookie; forgets everything fetched when the person changes or leaves. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const state = useSyncExternalStore(session.subscribe, () => session.state)
  const userId = "user" in state ? state.user.id : undefined

  useEffect(() => {
    // Without a node there is neither a session nor a sign-out: the boot page shows the failure and tries again.
    if (session.state.kind === "unknown") session.refresh(undefined).catch(() => undefined)
  }, [])

  useEffect(() => {
    if (userId !== undefined) return () => queries.clear()
  }, [userId, queries])

  return <SessionContext value={state}>{children}</SessionContext>
}

export function useSession(): SessionState {
  return useContext(SessionContext)
}

/** The person, on pages behind the sign-in. */
export function useUser(): User {
  const state = useSession()
  if (!("user" in state)) throw new Error("useUser outside of a session")
  return state.user
}
