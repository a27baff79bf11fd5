// What the checkout tells: how long each step took, waiting and acting apart, and what stood in the way.

import { Shopper } from '../visits/shopper.mjs';
import { expect, expectJourney, journey, ofKind, test, visitorOf } from '../support/test.ts';
import type { Page } from '@playwright/test';

const noOtherPage = () => Promise.reject(new Error('this visit has one page'));

async function toCheckout(page: Page, base: string, query: Record<string, string> = {}): Promise<Shopper> {
  const shop = new Shopper(page, base, noOtherPage);
  await shop.arrive('', { query });
  await shop.addFromList('mug');
  await shop.open('Cart');
  await shop.checkOut();
  return shop;
}

test('every step of a bought checkout has its time', async ({ base, page }) => {
  const shop = await toCheckout(page, base);
  await shop.address();
  await shop.shipping();
  await shop.payment();
  await shop.order();
  const visitor = await visitorOf(page);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'checkout_step_time').map((row) => row.step), ['begin', 'shipping', 'payment']);
  for (const row of ofKind(await journey(base, visitor), 'checkout_step_time')) {
    expect(row.waiting_ms).toBeGreaterThanOrEqual(0);
    expect(row.acting_ms).toBeGreaterThan(0);
  }
});

test('reloading the checkout raises the signal while the visitor is still there', async ({ base, page }) => {
  // The page's own listeners: the callback and the DOM event must both come, each once.
  await page.addInitScript(() => {
    const keep = (how: string, signal: Record<string, unknown>) => {
      const seen = JSON.parse(sessionStorage.getItem('test.signals') ?? '[]') as unknown[];
      sessionStorage.setItem('test.signals', JSON.stringify([...seen, `${how} ${String(signal.name)}`]));
    };
    document.addEventListener('load', (event) => {
      if ((event.target as HTMLScriptElement).src?.endsWith('/wayside.js')) window.wayside.on('signal', (signal) => keep('callback', signal));
    }, true);
    document.addEventListener('wayside:signal', (event) => keep('event', (event as CustomEvent<Record<string, unknown>>).detail));
  });
  const shop = await toCheckout(page, base);
  // Of others, such as a slow answer's, this says nothing.
  const seen = () =>
    page.evaluate(() => (JSON.parse(sessionStorage.getItem('test.signals') ?? '[]') as string[]).filter((signal) => signal.endsWith(' checkout_reload')).toSorted());
  expect(await seen()).toEqual([]);
  for (let n = 0; n < 3; n++) await shop.reload('checkout/contact.html');
  await expect.poll(seen).toEqual(['callback checkout_reload', 'event checkout_reload']);
});

test('a slow server counts as waiting, not as acting', async ({ base, page }) => {
  const shop = await toCheckout(page, base, { slow: '1500' });
  await shop.address();
  await shop.shipping();
  const visitor = await visitorOf(page);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'checkout_step_time').map((row) => row.step), ['begin']);
  const [step] = ofKind(await journey(base, visitor), 'checkout_step_time');
  // The step holds two answers. The second is known for certain only where the browser reports a request before the page
  // goes on from it, so only the first is asked for here.
  expect(step?.waiting_ms).toBeGreaterThanOrEqual(1500);
});

test('a form that fails says which fields, and never what was typed', async ({ base, page }) => {
  const shop = await toCheckout(page, base);
  const secret = 'Geheimnis-7';
  await shop.fill({ email: `${secret}@`, phone: '+49 30 901820', name: secret, street: secret, postcode: '1', city: secret });
  await shop.wrong('postcode');
  const visitor = await visitorOf(page);
  await page.evaluate(() => window.wayside.flush());
  const rows = await journey(base, visitor);
  expect(rows.length).toBeGreaterThan(4);
  expect(JSON.stringify(rows)).not.toContain(secret);
});

test('a coupon that fails says so', async ({ base, page }) => {
  const shop = new Shopper(page, base, noOtherPage);
  await shop.arrive('', { query: { fail: 'coupon' } });
  await shop.addFromList('lamp');
  await shop.open('Cart');
  await shop.coupon('SPRING10', 'has expired');
  await expectJourney(base, await visitorOf(page), (rows) => ofKind(rows, 'coupon_try').map((row) => [row.coupon, row.error]), [['SPRING10', 'This coupon has expired.']]);
});
