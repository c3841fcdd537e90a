import { Navigate, type RouteObject } from "react-router"
import { BootPage } from "./pages/boot-page"
import { CrashPage } from "./pages/crash-page"
import { NotFoundPage } from "./pages/not-found-page"
import { SessionGate } from "./pages/session-gate"

/**
 * Every address of the app. A page is loaded when it is first needed; its entry here and its line in `navigation.ts` are
 * all that the frame has to know of it.
 */
export const routes: RouteObject[] = [
  {
    ErrorBoundary: CrashPage,
    HydrateFallback: BootPage,
    children: [
      {
        path: "/sign-in",
        lazy: async () => ({ Component: (await import("./pages/sign-in-page")).SignInPage }),
      },
      {
        path: "/sign-up",
        lazy: async () => ({ Component: (await import("./pages/sign-up-page")).SignUpPage }),
      },
      {
        path: "/invite",
        lazy: async () => ({ Component: (await import("./pages/invite-page")).InvitePage }),
      },
      {
        Component: SessionGate,
        children: [
          { path: "/", lazy: async () => ({ Component: (await import("./pages/home-page")).HomePage }) },
          {
            path: "/oauth/return",
            lazy: async () => ({ Component: (await import("./pages/oauth-return-page")).OauthReturnPage }),
          },
          {
            path: "/w/:workspaceId",
            lazy: async () => ({ Component: (await import("./pages/workspace-layout")).WorkspaceLayout }),
            children: [
              {
                ErrorBoundary: CrashPage,
                children: [
                  {
                    index: true,
                    lazy: async () => ({ Component: (await import("./pages/dashboard-page")).DashboardPage }),
                  },
                  {
                    path: "welcome",
                    lazy: async () => ({ Component: (await import("./pages/welcome-page")).WelcomePage }),
                  },
                  {
                    path: "compose",
                    lazy: async () => ({ Component: (await import("./pages/compose-page")).ComposePage }),
                  },
                  {
                    path: "posts",
                    lazy: async () => ({ Component: (await import("./pages/posts-page")).PostsPage }),
                  },
                  {
                    path: "calendar",
                    lazy: async () => ({ Component: (await import("./pages/calendar-page")).CalendarPage }),
                  },
                  {
                    path: "posts/:postId/edit",
                    lazy: async () => ({ Component: (await import("./pages/compose-page")).ComposePage }),
                  },
                  {
                    path: "posts/:postId",
                    lazy: async () => ({ Component: (await import("./pages/post-page")).PostPage }),
                  },
                  {
                    path: "accounts",
                    lazy: async () => ({ Component: (await import("./pages/accounts-page")).AccountsPage }),
                  },
                  {
                    path: "accounts/:accountId",
                    lazy: async () => ({ Component: (await import("./pages/account-page")).AccountPage }),
                  },
                  {
                    path: "operations",
                    lazy: async () => ({
                      Component: (await import("./pages/operations-page")).OperationsPage,
                    }),
                  },
                  {
                    path: "settings",
                    children: [
                      { index: true, element: <Navigate to="profile" replace /> },
                      {
                        path: "profile",
                        lazy: async () => ({ Component: (await settings()).ProfileSettingsPage }),
                      },
                      {
                        path: "security",
                        lazy: async () => ({ Component: (await settings()).SecuritySettingsPage }),
                      },
                      {
                        path: "appearance",
                        lazy: async () => ({ Component: (await settings()).AppearanceSettingsPage }),
                      },
                      {
                        path: "workspace",
                        lazy: async () => ({ Component: (await settings()).WorkspaceSettingsPage }),
                      },
                      {
                        path: "members",
                        lazy: async () => ({ Component: (await settings()).MembersSettingsPage }),
                      },
                    ],
                  },
                  { path: "*", Component: NotFoundPage },
                ],
              },
            ],
          },
        ],
      },
      { path: "*", Component: NotFoundPage },
    ],
  },
]

function settings() {
  return import("./pages/settings-pages")
}
