import { defineConfig } from "@playwright/test"

// `./with-node PROGRAM npm run pictures -w @troupe/web`: the pages with what a real node says, into web/shots/real-*.
export default defineConfig({
  testDir: ".",
  testMatch: "pictures.ts",
  workers: 1,
  reporter: "line",
  outputDir: "../test-results",
  use: {
    baseURL: process.env.TROUPE_URL,
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" },
  },
})
