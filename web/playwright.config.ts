import { defineConfig } from "@playwright/test";

// The real program and a real Chromium; the one of the system, nothing is downloaded.
export default defineConfig({
  testDir: "tests/page",
  // Generous: they end what hangs, and say nothing about how fast anything is. For that there is `npm run measure`.
  timeout: 600_000,
  expect: { timeout: 120_000 },
  workers: 1,
  // A browser on a busy machine may miss a beat once; a test that fails twice has found something.
  retries: 1,
  reporter: [["list"]],
  use: {
    // A click on what never comes ends soon, in words.
    actionTimeout: 120_000,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] },
    permissions: ["clipboard-read", "clipboard-write"],
  },
});
