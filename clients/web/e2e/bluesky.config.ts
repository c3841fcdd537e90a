import { defineConfig, devices } from "@playwright/test"

// Started by tests/journeys/web_bluesky.py, beside a node and a PDS.
export default defineConfig({
  testDir: ".",
  testMatch: "bluesky.ts",
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: "line",
  outputDir: "../test-results/bluesky",
  use: {
    ...devices["Desktop Chrome"],
    baseURL: process.env.TROUPE_URL,
    trace: "retain-on-failure",
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" },
  },
})
