import { lazy, Suspense } from "react"
import { Navigate, Outlet, useLocation } from "react-router"
import { useSession } from "@/contexts/session"
import { BootPage } from "./boot-page"

// The form's libraries are not worth every first page.
const SignInAgain = lazy(async () => ({ default: (await import("./sign-in-again")).SignInAgain }))

/** Lets only signed-in people through. A session that ends asks for the password over the page, which stays as it is. */
export function SessionGate() {
  const state = useSession()
  const location = useLocation()
  if (state.kind === "unknown") return <BootPage />
  if (state.kind === "signed_out") {
    const next = location.pathname + location.search
    return <Navigate to={next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`} replace />
  }
  return (
    <>
      <Outlet />
      {state.kind === "expired" && (
        <Suspense>
          <SignInAgain email={state.user.email} />
        </Suspense>
      )}
    </>
  )
}
