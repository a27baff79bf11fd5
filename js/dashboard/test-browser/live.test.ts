/** The live section in a real Chromium. */

import { expect, test } from 'vitest';

import { hashOf, startBrowser, TIMEOUT_MS } from './browser.ts';

const { open } = startBrowser();

test(
  'the live list pauses, goes on, filters, and leads to one customer',
  async () => {
    const page = await open('live?site=shop');
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.locator('.touch').nth(3).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: /^Resume/ }).waitFor();
    const shown = await page.locator('.touch').count();
    await page.getByRole('button', { name: /Resume \(\d+ new\)/ }).waitFor();
    expect(await page.locator('.touch').count()).toBe(shown);
    await page.getByRole('button', { name: /Resume/ }).click();
    await page.locator('.touch').nth(shown).waitFor();
    await page.getByRole('searchbox').fill('no such thing');
    await page.getByText(/has “no such thing”/).waitFor();
    await page.getByRole('searchbox').fill('rage_click');
    await page.locator('.touch-visitor').first().click();
    await page.getByRole('heading', { name: 'Journey of one customer' }).waitFor();
    await page.getByRole('heading', { name: /^Visit 1/ }).waitFor();
    expect(hashOf(page)).toMatch(/^#\/customer\?site=shop&traffic=all&visitor=[0-9a-f]+$/);
  },
  TIMEOUT_MS,
);

test(
  'the live list goes on while the reader is in another section, and keeps its filter and its pause',
  async () => {
    const page = await open('live?site=shop');
    await page.getByRole('searchbox').fill('e');
    await page.locator('.touch').nth(3).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const shown = await page.locator('.touch').allTextContents();
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.locator('.tile').first().waitFor();
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page.locator('.touch').nth(3).waitFor();
    expect(await page.locator('.touch').allTextContents()).toEqual(shown);
    expect(await page.getByRole('searchbox').inputValue()).toBe('e');
    await page.getByRole('button', { name: /Resume \(\d+ new\)/ }).click();
    await page.locator('.touch').nth(shown.length).waitFor();
  },
  TIMEOUT_MS,
);

test(
  'after a reconnection the list says for how long it was away',
  async () => {
    const page = await open('overview?site=shop');
    const first = { site: 'shop', visitor: 'v1', customer: 'c1', time: 1_764_500_000_000, kind: 'search', stage: '' };
    // The stream ends after one touchpoint; the browser connects again at once, and waits until the test lets it.
    const body = `retry: 1\ndata: ${JSON.stringify(first)}\n\n`;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let connections = 0;
    await page.route('**/api/live?*', async (route) => {
      connections += 1;
      if (connections === 1) return route.fulfill({ status: 200, contentType: 'text/event-stream', body });
      await held;
      return route.continue();
    });
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page.getByText(/^Connection lost at [\d:]+\. Trying again…$/).waitFor();
    release();
    await page.getByText(/^Connected again after \d/).waitFor();
    await page.getByText(/^Not connected for \d.*: touchpoints that arrived in this time/).waitFor();
    await page.locator('.touch-gap + .touch .touch-kind').getByText('search', { exact: true }).waitFor();
  },
  TIMEOUT_MS,
);
