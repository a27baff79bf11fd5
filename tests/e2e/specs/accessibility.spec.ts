// The shop for everyone: no rule of WCAG 2.2 AA that a machine can check is broken, on any page, in light and in dark,
// and the way from the list to the thanks can be gone by keyboard alone.

import { Shopper } from '../visits/shopper.mjs';
import { violations } from '../support/axe.ts';
import { expect, test, visitorOf } from '../support/test.ts';

test('no page of the shop breaks a rule, in light or in dark', async ({ base, page }) => {
  test.slow();
  const shop = new Shopper(page, base, () => Promise.reject(new Error('this visit has one page')));
  const found: Record<string, string[]> = {};
  const look = async (name: string) => (found[name] = await violations(page));

  await shop.arrive('');
  await look('list');
  await shop.choose('lamp');
  await shop.addHere('lamp');
  await look('product');
  await shop.search('linen', 2);
  await look('search');
  await shop.open('Help');
  await shop.chat('Hello');
  await look('help');
  await shop.open('Account');
  await look('account');
  await shop.open('Wishlist');
  await look('wishlist');
  await shop.open('Cart');
  await shop.coupon('NOPE', 'We know no coupon');
  await look('cart');
  await shop.checkOut();
  await shop.wrong('email');
  await look('address');
  await shop.address();
  await look('shipping');
  await shop.shipping();
  await look('payment');
  await shop.payment();
  await look('review');
  await shop.order();
  await look('thanks');
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
});

test('the shop can be bought from by keyboard alone', async ({ page }) => {
  await page.goto('/shop/');
  await visitorOf(page);
  const tabTo = async (matches: string) => {
    for (let n = 0; n < 80; n++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((selector) => document.activeElement?.matches(selector), matches)) return;
    }
    throw new Error(`${matches} cannot be reached by Tab`);
  };
  await tabTo('[data-cart-add=mug]');
  await page.keyboard.press('Enter');
  await tabTo('[data-cart-add=bowl]');
  await page.keyboard.press('Space');
  await expect(page.locator('[data-cart-count]')).toHaveText('2');
  await page.goto('/shop/cart.html');
  await tabTo('[data-checkout]');
  await page.keyboard.press('Enter');
  await page.waitForURL(/contact/);
  for (const text of ['ada@example.org', '+49 30 901820', 'Ada Lovelace', 'Linienstrasse 12', '10115', 'Berlin']) {
    await tabTo('[data-step] input');
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  await page.waitForURL(/shipping/);
  await tabTo('input[name=shipping]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/payment/);
  await tabTo('input[name=payment]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/review/);
  await tabTo('[data-step] [type=submit]');
  await page.keyboard.press('Enter');
  await page.waitForURL(/thank-you/);
});
