import { defineConfig, devices } from "@playwright/test"

// `TROUPE_URL=http://127.0.0.1:8080 npm run e2e`: the journeys against a real node that serves the built app.
const chromium = { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" }

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  workers: 1,
  retries: 0,
  reporter: "line",
  use: { baseURL: process.env.TROUPE_URL ?? "http://127.0.0.1:8080", trace: "retain-on-failure" },
  projects: [
    { name: "desktop", use: { ...devices["Desktop Chrome"], launchOptions: chromium } },
    { name: "phone", use: { ...devices["Pixel 7"], launchOptions: chromium } },
  ],
})
