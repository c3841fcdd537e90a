import { render } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { type HttpResponse, http } from "msw"
import { setupServer } from "msw/node"
import type { ReactNode } from "react"
import { createMemoryRouter, RouterProvider } from "react-router"
import { session } from "@/api/client"
import { App } from "@/app"
import { routes } from "@/routes"
import { createFakeNode, type FakeNode } from "./fake-node"

/** An organism alone: English, UTC. */
export function show(element: ReactNode) {
  return { user: userEvent.setup(), ...render(element) }
}

/** The whole app at an address, in front of a fake node. Override one route with `server.use(...)`. */
export function startApp(
  path: string | ((workspaceId: string) => string),
  node: FakeNode = createFakeNode(),
) {
  const server = setupServer(
    http.all("*/v1/*", ({ request }) => node.handle(request) as Promise<HttpResponse<null>>),
  )
  server.listen({ onUnhandledRequest: "error" })
  // The session outlives a test; a page that starts signed in has its token already.
  if (node.state.signedIn)
    session.adopt({ access_token: "token-first", expires_in: 900, user: node.state.user })
  const at = typeof path === "string" ? path : path(node.workspace.id)
  const router = createMemoryRouter(routes, { initialEntries: [at] })
  const view = render(
    <App>
      <RouterProvider router={router} />
    </App>,
  )
  return {
    node,
    server,
    router,
    user: userEvent.setup(),
    stop: () => {
      view.unmount()
      session.end()
      server.close()
    },
  }
}
