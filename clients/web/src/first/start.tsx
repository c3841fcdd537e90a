import { StrictMode, startTransition } from "react"
import { createRoot } from "react-dom/client"
import { createBrowserRouter, RouterProvider } from "react-router"
import { App } from "../app"
import { routes } from "../routes"

export function start(root: HTMLElement) {
  const router = createBrowserRouter(routes)
  // As a transition React draws in short pieces, and a slow phone answers to its owner in between.
  startTransition(() => {
    createRoot(root).render(
      <StrictMode>
        <App>
          <RouterProvider router={router} />
        </App>
      </StrictMode>,
    )
  })
}
