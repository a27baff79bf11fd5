import { defineConfig } from '@playwright/test';
import { browserPath, CHROMIUM_FLAGS } from './browser.mjs';

const launchOptions = { executablePath: browserPath(), args: CHROMIUM_FLAGS };

export default defineConfig({
  testDir: 'specs',
  outputDir: '../../test-results/e2e',
  globalSetup: './support/global-setup.ts',
  workers: 2,
  retries: 0,
  fullyParallel: true,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 45_000 },
  reporter: [['list']],
  use: { browserName: 'chromium', trace: 'off', launchOptions },
  projects: [
    { name: 'shop', testIgnore: /bfcache/ },
    {
      // Playwright turns the back/forward cache off, and this is about coming out of it.
      name: 'bfcache',
      testMatch: /bfcache/,
      use: { launchOptions: { ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] } },
    },
  ],
});
