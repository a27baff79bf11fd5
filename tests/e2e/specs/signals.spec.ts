// Rage clicks: found where a visitor hammers on what does not answer, and not where clicking is the way to do it.

import type { Page } from '@playwright/test';
import { expect, expectJourney, journey, ofKind, test, visitorOf } from '../support/test.ts';

async function hammer(page: Page, selector: string, times: number): Promise<void> {
  const box = await page.locator(selector).first().boundingBox();
  if (!box) throw new Error(`${selector} is not on the page`);
  for (let n = 0; n < times; n++) await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}

test('hammering on the picture is a rage click, and the page hears of it', async ({ base, page }) => {
  await page.goto('/shop/product.html?product=lamp');
  const visitor = await visitorOf(page);
  await page.evaluate(() => {
    window.seen = [];
    window.wayside.on('signal', (signal) => window.seen.push(signal));
  });
  await hammer(page, '[data-picture]', 8);
  await expect.poll(() => page.evaluate(() => window.seen.map((signal) => signal.name))).toEqual(['rage_click']);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'signal').map((row) => row.name), ['rage_click']);
});

test('a triple click that selects text is none', async ({ base, page }) => {
  await page.goto('/shop/product.html?product=lamp');
  const visitor = await visitorOf(page);
  await page.locator('.lead').click({ clickCount: 3 });
  expect(await page.evaluate(() => getSelection()?.toString().trim())).toContain('A reading lamp');
  // What comes after a would-be signal in the same outbox proves that none came before it.
  await page.evaluate(() => window.wayside('after_the_clicks'));
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'after_the_clicks').length, 1);
  expect(ofKind(await journey(base, visitor), 'signal')).toEqual([]);
});

test('clicks on an element the site silenced are none', async ({ base, page }) => {
  await page.goto('/shop/product.html?product=lamp');
  const visitor = await visitorOf(page);
  await page.evaluate(() => document.querySelector('[data-picture]')?.setAttribute('data-wayside-ignore', ''));
  await hammer(page, '[data-picture]', 8);
  await page.evaluate(() => window.wayside('after_the_clicks'));
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'after_the_clicks').length, 1);
  expect(ofKind(await journey(base, visitor), 'signal')).toEqual([]);
});
