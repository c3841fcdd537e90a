import { defineConfig, devices } from "@playwright/test"

// `TROUPE_URL=http://127.0.0.1:8080 npm run e2e`: the journeys against a real node that serves the built app.
const chromium = { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" }

const desktop = { ...devices["Desktop Chrome"], launchOptions: chromium }
const phone = { ...devices["Pixel 7"], launchOptions: chromium }
const alone = "alone.spec.ts"

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  // Each test signs up a person of its own, so they do not meet.
  workers: 2,
  fullyParallel: true,
  retries: 0,
  // Deadlines for a busy machine; nothing waits for them.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: "line",
  use: { baseURL: process.env.TROUPE_URL ?? "http://127.0.0.1:8080", trace: "retain-on-failure" },
  projects: [
    { name: "desktop", testIgnore: alone, use: desktop },
    { name: "phone", testIgnore: alone, use: phone },
    {
      name: "desktop-alone",
      testMatch: alone,
      fullyParallel: false,
      dependencies: ["desktop", "phone"],
      use: desktop,
    },
    {
      name: "phone-alone",
      testMatch: alone,
      fullyParallel: false,
      dependencies: ["desktop-alone"],
      use: phone,
    },
  ],
})
