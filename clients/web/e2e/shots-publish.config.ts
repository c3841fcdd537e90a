import { defineConfig } from "@playwright/test"

// `clients/e2e PROGRAM --config e2e/shots-publish.config.ts`: publishing against a real node, in pictures. They are in web/shots/.
export default defineConfig({
  testDir: ".",
  testMatch: "shots-publish.ts",
  workers: 1,
  timeout: 240_000,
  reporter: "line",
  outputDir: "../test-results",
  use: {
    baseURL: process.env.TROUPE_URL,
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" },
  },
})
