import { defineConfig } from "@playwright/test"

// `npm run shots`: every page at three widths, light and dark, under the node's CSP. Look at them in web/shots/.
export default defineConfig({
  testDir: ".",
  testMatch: "shots.ts",
  workers: 1,
  timeout: 120_000,
  reporter: "line",
  outputDir: "../test-results",
  use: { launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" } },
})
