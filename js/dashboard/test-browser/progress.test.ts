/** The progress of answers that take long, in a real Chromium. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import type { Pass } from '../src/generated/reports.ts';
import { startBrowser, TIMEOUT_MS } from './browser.ts';

const { open, problems } = startBrowser();

const PASS: Pass = {
  site: 'shop',
  reports: ['paths'],
  from: null,
  to: null,
  timezone: 'UTC',
  traffic: 'people',
  state: 'running',
  buckets_done: 3,
  buckets: 16,
  seconds: 12.4,
};

/** Holds the answer of the paths back until the returned function is called. */
async function holdPaths(page: Page): Promise<() => void> {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/reports/paths?*', async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

test(
  'a panel that waits says how far the server is, aloud only at each quarter, until the answer is there',
  async () => {
    const page = await open('overview?site=shop');
    const release = await holdPaths(page);
    let asked = 0;
    await page.route('**/api/progress', (route) => {
      asked += 1;
      const done = Math.min(2 + asked, 5);
      return route.fulfill({ json: { passes: [{ ...PASS, buckets_done: done }, { ...PASS, site: 'other' }] } });
    });
    await page.getByRole('link', { name: 'Paths', exact: true }).click();
    const spoken = page.locator('.progress [role=status]');
    await page.getByText('3 of 16 parts read, 12 s').waitFor();
    expect(await spoken.textContent()).toBe('The server is reading the data.');
    await page.getByText('5 of 16 parts read, 12 s').waitFor();
    expect(await spoken.textContent()).toBe('The server has read 25 percent of the data.');
    release();
    await page.locator('.chart canvas').first().waitFor();
    expect(await page.locator('.progress').count()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'with a server that does not say how far it is, a panel shows only that it loads',
  async () => {
    const page = await open('overview?site=shop');
    const release = await holdPaths(page);
    const answered = page.waitForResponse('**/api/progress');
    await page.route('**/api/progress', (route) => route.fulfill({ status: 404, json: {} }));
    await page.getByRole('link', { name: 'Paths', exact: true }).click();
    await answered;
    await page.locator('.skeleton').waitFor();
    expect(await page.locator('.progress').count()).toBe(0);
    release();
    await page.locator('.chart canvas').first().waitFor();
    // The browser reports the missing address.
    expect(problems.splice(0)).toEqual([expect.stringContaining('404')]);
  },
  TIMEOUT_MS,
);
