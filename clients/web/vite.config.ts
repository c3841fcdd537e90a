import { fileURLToPath } from "node:url"
import tailwindcss from "@tailwindcss/vite"
import react from "@vitejs/plugin-react"
import type { Plugin } from "vite"
import { defineConfig } from "vitest/config"

/** `npm run dev:fake`: the app against `src/test/fake-node.ts` instead of a real node. */
function fakeNode(): Plugin {
  return {
    name: "fake-node",
    apply: "serve",
    async configureServer(server) {
      const { answer } = await import("./e2e/fake-server.ts")
      server.middlewares.use((request, response, next) => {
        if (request.url?.startsWith("/v1/")) void answer(request, response)
        else next()
      })
    },
  }
}

export default defineConfig(({ mode }) => ({
  plugins: [react(), tailwindcss(), ...(mode === "fake" ? [fakeNode()] : [])],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: mode === "fake" ? undefined : { "/v1": process.env.TROUPE_URL ?? "http://127.0.0.1:8080" },
  },
  build: {
    target: "es2022",
    // A data: URI would be refused by the fonts' CSP, and small files are cheap on one connection.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page needs, in few files. `main.ts` runs them one by one.
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
            { name: "router", test: /node_modules[\\/](react-router|cookie|set-cookie-parser)[\\/]/ },
            { name: "styles", test: /node_modules[\\/](clsx|tailwind-merge|class-variance-authority)[\\/]/ },
            {
              name: "query",
              test: /node_modules[\\/](@tanstack|openapi-fetch)[\\/]|clients[\\/]api[\\/]src/,
            },
            {
              name: "words",
              test: /src[\\/]i18n[\\/](en[\\/](index|auth|common|dashboard|settings|shell)|translator|message|use-i18n|catalogue|problem-text)\.ts/,
            },
          ],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
    // A deadline for a machine that does ten other things; nothing waits for it.
    testTimeout: 180_000,
    maxWorkers: 2,
  },
}))
