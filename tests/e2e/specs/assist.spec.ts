// The example examples/assist: a checkout that offers help while its customer is in trouble, once, and to nobody else.

import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { violations } from '../support/axe.ts';
import { Collector } from '../support/collector.ts';
import { expect, expectJourney, ofKind, test as shopTest, visitorOf, type Row } from '../support/test.ts';
import { shiftClock } from '../visits/in-page.mjs';

const ASSIST = join(import.meta.dirname, '../../../examples/assist');
const CUSTOMER = { 'E-mail': 'ada@example.org', 'Full name': 'Ada Lovelace', 'Street and number': 'Linienstrasse 12', Postcode: '10115', City: 'Berlin' };
/** What the browser says of a script that a blocker keeps out. */
const BLOCKED = /net::ERR_BLOCKED_BY_CLIENT/;

/** As the example's README says that it is run: `wayside serve --shop examples/assist`. */
const test = shopTest.extend<{}, { assist: Collector }>({
  assist: [
    async ({}, use) => {
      const collector = await Collector.start(ASSIST);
      await use(collector);
      await collector.stop();
    },
    { scope: 'worker' },
  ],
  base: async ({ assist }, use) => use(assist.base),
});

test('the second reload of the checkout opens the offer', async ({ base, page }) => {
  const visitor = await openCheckout(page);
  await reloadTwice(page);
  await visitorOf(page);
  await expect(offer(page)).toBeVisible();
  await expect(offer(page)).toHaveAccessibleName('Does the page not do what it should?');
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BODY');

  // Who reloads once more before answering still has it, and it was offered once.
  await page.reload();
  await expect(offer(page)).toBeVisible();
  await visitorOf(page);
  await page.evaluate(() => window.wayside.flush());
  await expectJourney(base, visitor, help, ['help_offered checkout_reload']);
});

test('the third refused submission opens the offer, and the focus stays in the field', async ({ base, page }) => {
  const visitor = await openCheckout(page);
  await fill(page, { Postcode: '1011' });
  await refused(page);
  await refused(page);
  await expect(offer(page)).toBeHidden();
  await refused(page);
  await expect(offer(page)).toBeVisible();
  await expect(offer(page)).toHaveAccessibleName('Does the form not take what you write?');
  await expect(page.getByRole('status')).toHaveText('Does the form not take what you write? Help by phone or chat is offered after the form.');
  await expect(page.getByLabel('Postcode')).toBeFocused();
  await expect(page.getByLabel('Postcode')).toHaveValue('1011');
  await expectJourney(base, visitor, help, ['help_offered form_struggle']);
});

test('an ordinary checkout, with a slip and a reload, is left alone', async ({ base, page }) => {
  const visitor = await openCheckout(page);
  await page.reload();
  await visitorOf(page);
  await fill(page, { Postcode: '1011' });
  await refused(page);
  await expect(page.locator('#stage')).toHaveText('purchase');
  await order(page);
  await expect(page.getByRole('heading', { name: 'Thank you' })).toBeFocused();
  await expect(offer(page)).toBeHidden();
  // What comes after a would-be offer in the same outbox proves that none came before it.
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'purchase').map((row) => row.value), [19.9]);
  await expectJourney(base, visitor, (rows) => [...help(rows), ...ofKind(rows, 'signal')], []);
});

test('dismissed by keyboard, it stays away for this checkout', async ({ base, page }) => {
  const visitor = await openCheckout(page);
  await struggle(page);
  await page.getByRole('button', { name: 'Order' }).focus();
  for (const name of ['Call +49 30 901820', 'Start a chat', 'No, thanks']) {
    await page.keyboard.press('Tab');
    await expect(offer(page).locator(':focus')).toHaveText(name);
  }
  await page.keyboard.press('Enter');
  await expect(offer(page)).toBeHidden();
  await expect(page.getByRole('button', { name: 'Order' })).toBeFocused();

  // The other trouble comes, too, and the page hears of it.
  await reloadTwice(page);
  await expect.poll(() => signals(page)).toContain('checkout_reload');
  await expect(offer(page)).toBeHidden();
  await expectJourney(base, visitor, help, ['help_offered form_struggle', 'help_dismissed form_struggle']);

  // The next checkout is another.
  await fill(page);
  await order(page);
  await Promise.all([page.waitForEvent('load'), page.getByRole('link', { name: 'Order another' }).click()]);
  await visitorOf(page);
  await reloadTwice(page);
  await expect(offer(page)).toBeVisible();
});

test('help taken by phone is in the visitor’s timeline, and is not offered again', async ({ base, page }) => {
  const visitor = await openCheckout(page);
  await struggle(page);
  await page.getByRole('link', { name: 'Call +49 30 901820' }).click();
  await expectJourney(base, visitor, help, ['help_offered form_struggle', 'support_contact form_struggle call_centre']);
  await page.reload();
  await visitorOf(page);
  await expect(offer(page)).toBeHidden();
});

test('help taken by chat is in the visitor’s timeline, and closing the offer then is no refusal', async ({ base, page }) => {
  const visitor = await openCheckout(page);
  await struggle(page);
  await page.getByRole('button', { name: 'Start a chat' }).click();
  await expect(page.locator('#answer')).toBeFocused();
  await page.getByRole('button', { name: 'No, thanks' }).click();
  await expect(offer(page)).toBeHidden();
  await page.evaluate(() => window.wayside.flush());
  await expectJourney(base, visitor, help, ['help_offered form_struggle', 'support_contact form_struggle chat']);
});

test('neither form nor offer nor thanks break a rule of accessibility', async ({ page }) => {
  await openCheckout(page);
  const found: Record<string, string[]> = { form: await violations(page) };
  await struggle(page);
  await expect(offer(page)).toBeVisible();
  found.offer = await violations(page);
  await page.getByRole('button', { name: 'Start a chat' }).click();
  await expect(page.locator('#answer')).toBeFocused();
  found.chat = await violations(page);
  await order(page);
  found.thanks = await violations(page);
  expect(found).toEqual({ form: [], offer: [], chat: [], thanks: [] });
});

test('on a phone, no field that has the focus lies under the offer', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 664 });
  await openCheckout(page);
  await struggle(page);
  await expect(offer(page)).toBeVisible();
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByLabel('E-mail').focus();
  for (const field of ['name', 'street', 'postcode', 'city']) {
    await page.keyboard.press('Tab');
    await expect(page.locator(':focus')).toHaveAttribute('name', field);
    await expect.poll(() => page.evaluate(() => {
      const { bottom } = document.activeElement!.getBoundingClientRect();
      return document.querySelector('#offer')!.getBoundingClientRect().top - bottom;
    })).toBeGreaterThan(0);
  }
});

test('the offer moves only for those who have nothing against it', async ({ page }) => {
  await openCheckout(page);
  await struggle(page);
  await expect(offer(page)).toHaveCSS('animation-name', 'rise');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await expect(offer(page)).toHaveCSS('animation-name', 'none');
});

test.describe('with Wayside blocked', () => {
  test.use({ allowed: BLOCKED });

  test('the checkout works, and nothing else goes wrong', async ({ page, troubles }) => {
    await page.route('**/wayside*', (route) => route.abort('blockedbyclient'));
    await page.goto('/shop/');
    await fill(page, { Postcode: '1011' });
    for (let n = 0; n < 4; n++) await refused(page);
    await page.reload();
    await page.reload();
    await expect(offer(page)).toBeHidden();
    await fill(page);
    await order(page);
    await expect(page.locator('#stage')).toHaveText('not known');
    // One for each load of the page.
    expect(troubles.map((trouble) => BLOCKED.test(trouble))).toEqual([true, true, true]);
  });
});

function offer(page: Page) {
  return page.locator('#offer');
}

/** Opens the checkout and waits until the tracker runs. What the page hears of signals is kept for {@link signals}. */
async function openCheckout(page: Page): Promise<string> {
  await page.addInitScript(() => {
    window.seen = [];
    document.addEventListener('wayside:signal', (event) => window.seen.push((event as CustomEvent<Record<string, unknown>>).detail));
  });
  await page.goto('/shop/');
  return visitorOf(page);
}

/** The names of the signals that this load of the page has heard of. */
function signals(page: Page): Promise<unknown[]> {
  return page.evaluate(() => window.seen.map((signal) => signal.name));
}

/** Reloads the page twice: the first time it says nothing. */
async function reloadTwice(page: Page): Promise<void> {
  await page.reload();
  await visitorOf(page);
  await expect(offer(page)).toBeHidden();
  await page.reload();
}

async function fill(page: Page, changed: Partial<typeof CUSTOMER> = {}): Promise<void> {
  for (const [label, value] of Object.entries({ ...CUSTOMER, ...changed })) await page.getByLabel(label).fill(value);
}

/** Sends the form with a wrong postcode, and moves the clock on: what is refused within a second is one attempt. */
async function refused(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Order' }).click();
  await expect(page.getByLabel('Postcode')).toBeFocused();
  await expect(page.getByLabel('Postcode')).toHaveAccessibleDescription('Five digits, such as 10115.');
  await page.evaluate(shiftClock, 1_500);
  // For the pages that follow, too: a visitor's clock does not go back.
  await page.addInitScript(shiftClock, 1_500);
}

/** Fills the form in with a wrong postcode and sends it three times. */
async function struggle(page: Page): Promise<void> {
  await fill(page, { Postcode: '1011' });
  for (let n = 0; n < 3; n++) await refused(page);
}

/** Mends the postcode and orders. */
async function order(page: Page): Promise<void> {
  await page.getByLabel('Postcode').fill(CUSTOMER.Postcode);
  await page.getByRole('button', { name: 'Order' }).click();
  await expect(page.getByRole('heading', { name: 'Thank you' })).toBeVisible();
}

/** What became of the offer, as the timeline has it: what happened, at which signal, by which way. */
function help(rows: Row[]): string[] {
  return ofKind(rows, 'help_offered', 'help_dismissed', 'support_contact').map((row) => {
    const { signal } = (row.props ?? {}) as { signal?: string };
    return [row.kind, row.topic ?? signal, row.contact_channel].filter(Boolean).join(' ');
  });
}
