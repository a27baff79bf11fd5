import { defineConfig } from '@playwright/test';
import type { WaysideOptions } from '@wayside/testing/playwright';
import { browserPath, CHROMIUM_FLAGS } from '../../../../tests/e2e/browser.mjs';

export default defineConfig<WaysideOptions>({
  testDir: 'specs',
  outputDir: '../../../../test-results/testing',
  workers: 2,
  retries: 0,
  fullyParallel: true,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 45_000 },
  reporter: [['list']],
  use: { browserName: 'chromium', trace: 'off', launchOptions: { executablePath: browserPath(), args: CHROMIUM_FLAGS } },
});
