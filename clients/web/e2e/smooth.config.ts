import { defineConfig } from "@playwright/test"

// `npm run smooth`: what the first pages compute, and how smooth a calendar of a thousand posts and a long text are.
export default defineConfig({
  testDir: ".",
  testMatch: ["load.ts", "smooth.ts"],
  workers: 1,
  timeout: 120_000,
  reporter: "line",
  outputDir: "../test-results",
  use: { launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" } },
})
