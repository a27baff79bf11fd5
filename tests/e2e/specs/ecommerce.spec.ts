// The three ways of telling Wayside about e-commerce end in the same touchpoints.

import { expect, expectJourney, journey, ofKind, test, visitorOf, type Row } from '../support/test.ts';

const facts = (kind: string) => (rows: Row[]) =>
  ofKind(rows, kind).map(({ item_id, quantity, value, currency }) => ({ item_id, quantity, value, currency }));

test('a call records its touchpoint', async ({ base, page }) => {
  await page.goto('/shop/product.html?product=mug');
  await page.locator('#quantity').selectOption('3');
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
  const visitor = await visitorOf(page);
  await expectJourney(base, visitor, facts('view_item'), [{ item_id: 'mug', quantity: 1, value: 19.9, currency: 'EUR' }]);
  await expectJourney(base, visitor, facts('add_to_cart'), [{ item_id: 'mug', quantity: 3, value: 59.7, currency: 'EUR' }]);
});

test('an attribute records its touchpoint at each click, by mouse and by keyboard', async ({ base, page }) => {
  await page.goto('/shop/');
  const button = page.getByRole('button', { name: 'Add to cart: Tide plate' });
  await button.click();
  await button.press('Enter');
  const plate = { item_id: 'plate', quantity: 1, value: 28.5, currency: 'EUR' };
  await expectJourney(base, await visitorOf(page), facts('add_to_cart'), [plate, plate]);
});

test('pushes to the dataLayer are read, those before the tracker ran too', async ({ base, page }) => {
  await page.goto('/shop/');
  await page.getByRole('button', { name: 'Add to cart: Reed vase' }).click();
  await page.getByRole('link', { name: 'Cart' }).click();
  await page.getByRole('button', { name: 'Remove Reed vase' }).click();
  const visitor = await visitorOf(page);
  await expectJourney(base, visitor, facts('remove_from_cart'), [{ item_id: 'vase', quantity: 1, value: 42, currency: 'EUR' }]);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'view_item_list').map((row) => row.item_list_id), ['home']);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'view_cart').length, 1);
});

test('gtag calls are read as dataLayer pushes are', async ({ base, page }) => {
  await page.goto('/shop/help.html');
  await visitorOf(page);
  await page.evaluate(() => {
    function gtag(..._: unknown[]) {
      window.dataLayer.push(arguments);
    }
    gtag('event', 'view_promotion', { promotion_id: 'autumn', promotion_name: 'Autumn letter' });
  });
  await expectJourney(base, await visitorOf(page), (rows) => ofKind(rows, 'view_promotion').map((row) => row.promotion_id), ['autumn']);
});

test('the site’s own dataLayer still gets every push', async ({ page }) => {
  await page.goto('/shop/');
  await visitorOf(page);
  const kept = await page.evaluate(() => {
    const before = window.dataLayer.length;
    const answer = window.dataLayer.push({ event: 'a' }, { event: 'b' });
    return { grew: window.dataLayer.length - before, answer: answer - before, last: window.dataLayer.at(-1) };
  });
  expect(kept).toEqual({ grew: 2, answer: 2, last: { event: 'b' } });
});

test('search, support and a sign-in carry what was said', async ({ base, page }) => {
  await page.goto('/shop/search.html?q=linen');
  await page.getByRole('link', { name: 'Help' }).click();
  await page.getByRole('button', { name: 'Start a chat' }).click();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.locator('#customer').fill('KL-10422');
  await page.getByRole('button', { name: 'Sign in' }).click();
  const view = (rows: Row[]) => ofKind(rows, 'search', 'support_contact', 'identify').map((row) => row.search_term ?? row.contact_channel ?? row.customer_id);
  await expectJourney(base, await visitorOf(page), view, ['linen', 'chat', 'KL-10422']);
});

test('a malformed attribute harms neither the page nor the rest', async ({ base, page }) => {
  await page.goto('/shop/help.html');
  await page.evaluate(() => document.querySelector('summary')?.setAttribute('data-wayside-add_to_cart', '{"items":'));
  await page.locator('summary').first().click();
  await page.getByRole('button', { name: 'Start a chat' }).click();
  const visitor = await visitorOf(page);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'support_contact').length, 1);
  // It counts, without the fields that nobody can read.
  expect(ofKind(await journey(base, visitor), 'add_to_cart')).toMatchObject([{ fields: {} }]);
});
