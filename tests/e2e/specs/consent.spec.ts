// Consent: nothing is stored and nothing leaves before a yes, and nothing after a no.

import { expect, expectJourney, journey, ofKind, test, visitorOf } from '../support/test.ts';
import type { Page } from '@playwright/test';

/** The shop with another consent in its script tag, and the batches that its pages try to send. */
async function withConsent(page: Page, consent: string): Promise<string[]> {
  const sent: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/v1/batch') sent.push(request.url());
  });
  await page.route('**/shop/*.html*', async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace('data-site="shop"', `data-site="shop" data-consent="${consent}"`);
    await route.fulfill({ response, body });
  });
  return sent;
}

const keys = (page: Page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('wayside.')));

test('unknown keeps events in memory, and a yes sends them', async ({ base, page }) => {
  const sent = await withConsent(page, 'unknown');
  await page.goto('/shop/help.html');
  await page.waitForFunction(() => typeof window.wayside?.status === 'function');
  await page.getByRole('button', { name: 'Start a chat' }).click();
  await expect.poll(() => page.evaluate(async () => (await window.wayside.status()).captured)).toBeGreaterThanOrEqual(2);
  expect(await keys(page)).toEqual([]);
  expect(sent).toEqual([]);

  await page.evaluate(() => window.wayside.consent('granted'));
  const visitor = await visitorOf(page);
  await page.evaluate(() => window.wayside.flush());
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'page_view', 'support_contact').map((row) => row.kind), ['page_view', 'support_contact']);
});

test('unknown sends nothing when the visitor leaves either', async ({ page }) => {
  const sent = await withConsent(page, 'unknown');
  await page.goto('/shop/help.html');
  await page.waitForFunction(() => typeof window.wayside?.status === 'function');
  await page.getByRole('button', { name: 'Start a chat' }).click();
  await page.goto('/shop/account.html');
  await page.waitForFunction(() => typeof window.wayside?.status === 'function');
  expect(sent).toEqual([]);
  expect(await keys(page)).toEqual([]);
});

test('a no drops what waited and purges what was kept', async ({ base, page }) => {
  await page.goto('/shop/help.html');
  const visitor = await visitorOf(page);
  await page.evaluate(() => window.wayside.flush());
  const before = (await journey(base, visitor)).length;
  await page.evaluate(() => {
    window.wayside('after_the_no');
    window.wayside.consent('denied');
    window.wayside('after_the_no');
  });
  await expect.poll(() => page.evaluate(() => Object.entries(localStorage).filter(([key, value]) => key.startsWith('wayside.') && value.length > 40).length)).toBe(0);
  await page.reload();
  await page.waitForFunction(() => typeof window.wayside?.status === 'function');
  expect(ofKind(await journey(base, visitor), 'after_the_no')).toEqual([]);
  expect(before).toBeGreaterThan(0);
});
