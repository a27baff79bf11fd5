// The example examples/yew: a shop made with a Rust front end, which uses crates/web as a library and has no script tag.

import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Collector } from '../support/collector.ts';
import { expect, expectJourney, ofKind, test as shopTest, type Row } from '../support/test.ts';

const YEW = join(import.meta.dirname, '../../../examples/yew/dist');

const test = shopTest.extend<{}, { shop: Collector }>({
  shop: [
    async ({}, use) => {
      const collector = await Collector.start(YEW);
      await use(collector);
      await collector.stop();
    },
    { scope: 'worker' },
  ],
  base: async ({ shop }, use) => use(shop.base),
});

/** Touchpoints of the shop and of its pages, as `kind address`. Clicks, forms and engagement are captured beside them. */
const own = (rows: Row[]): string[] =>
  ofKind(rows, 'page_view', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase').map((row) =>
    row.kind === 'page_view' ? `page_view ${row.entry} ${new URL(String(row.url)).hash}` : `${row.kind} ${row.item_id} ${row.value}`,
  );

test('a visit is recorded from the first view to the order', async ({ base, page }) => {
  const visitor = await open(page);
  await page.click('#add');
  await page.click('#checkout');
  await page.fill('[name=email]', 'ada@example.org');
  await page.click('#send');
  await page.waitForSelector('text=Thank you');
  await expectJourney(base, visitor, own, [
    'page_view link ',
    'view_item mug 19.9',
    'add_to_cart mug 19.9',
    'page_view spa #/checkout',
    'begin_checkout mug 19.9',
    'purchase mug 19.9',
    'page_view spa #/thanks',
  ]);
  const captured = (rows: Row[]): unknown[] => ofKind(rows, 'click', 'form_submit').map((row) => row.element ?? row.form);
  await expectJourney(base, visitor, captured, ['button#add', 'a#checkout', 'button#send', 'order']);
});

test('a signal reaches the closure, whose touchpoint is recorded', async ({ base, page }) => {
  const visitor = await open(page);
  const box = (await page.locator('#picture').boundingBox())!;
  for (let n = 0; n < 8; n++) await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(page.locator('#signal')).toHaveText('rage_click');
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'signal').map((row) => row.name), ['rage_click']);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'help_offered').length, 1);
});

test('dropping the guard removes all listeners, and a new one starts again', async ({ base, page }) => {
  // Wayside is the only one on this page that ends its listeners by a signal.
  await page.addInitScript(() => {
    const { addEventListener } = EventTarget.prototype;
    const listeners: AbortSignal[] = [];
    EventTarget.prototype.addEventListener = function (type: string, then: never, options?: AddEventListenerOptions | boolean) {
      if (typeof options === 'object' && options.signal) listeners.push(options.signal);
      return addEventListener.call(this, type, then, options);
    };
    Object.assign(window, { listeners: () => listeners.filter((signal) => !signal.aborted).length });
  });
  const listeners = (): Promise<number> => page.evaluate(() => (window as unknown as { listeners(): number }).listeners());
  const visitor = await open(page);
  await expect.poll(listeners).toBeGreaterThan(20);
  const before = await listeners();
  await page.click('#add');
  await page.click('text=Privacy');
  await page.waitForSelector('text=Nothing that you do on this page is recorded.');
  expect(await listeners()).toBe(0);
  expect(await page.evaluate(() => typeof window.wayside)).toBe('undefined');
  await page.click('h1');
  await page.click('#back');
  await expect.poll(listeners).toBe(before);
  await page.click('#add');
  await expectJourney(base, visitor, own, [
    'page_view link ',
    'view_item mug 19.9',
    'add_to_cart mug 19.9',
    // The address changes first, and then the component goes.
    'page_view spa #/privacy',
    'page_view spa #/',
    'view_item mug 19.9',
    'add_to_cart mug 19.9',
  ]);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'click').map((row) => row.element), ['button#add', 'a', 'button#add']);
});

test('scripts of the page record touchpoints too, and attributes do', async ({ base, page }) => {
  const visitor = await open(page);
  await page.evaluate(() => {
    window.seen = [];
    window.wayside.on('touchpoint', (touchpoint) => window.seen.push(touchpoint));
    window.wayside('size_guide_opened', { size: 'L' });
    document.querySelector('h1')!.setAttribute('data-wayside-wishlist_opened', '{"from":"title"}');
  });
  await page.click('h1');
  await expect.poll(() => page.evaluate(() => window.seen.map(({ kind }) => kind))).toEqual(['size_guide_opened', 'wishlist_opened']);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'size_guide_opened', 'wishlist_opened').length, 2);
});

/** Opens the shop and returns the visitor's id. */
async function open(page: Page): Promise<string> {
  await page.goto('/shop/');
  await page.waitForSelector('#add');
  const visitor = (): Promise<string | null> => page.evaluate(() => localStorage.getItem('wayside.visitor.shop'));
  await expect.poll(visitor).not.toBeNull();
  return (await visitor())!;
}
