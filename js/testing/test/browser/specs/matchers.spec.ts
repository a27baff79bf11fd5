// Each matcher green and red, with its message, against a page with the real SDK.

import { stripVTControlCharacters } from 'node:util';
import { definePlan } from '@wayside/testing';
import { expect, test } from '@wayside/testing/playwright';
import { BUY, open, PATIENCE_MS, SHOP } from '../shop.ts';

/** The message of an expectation that must fail. */
async function red(expectation: Promise<unknown>): Promise<string> {
  const error = await expectation.then(
    () => undefined,
    (error: Error) => error,
  );
  if (!error) throw new Error('this expectation should have failed');
  return stripVTControlCharacters(error.message);
}

/** Long enough for what is there, on a busy machine too; what is red is red when it is over. */
const soon = { timeout: 1_000 };

const VIEW_LINE = `page_view { url: "${SHOP}", title: "Mugs", entry: "link" }`;
const CART_LINE = 'add_to_cart { currency: "EUR", value: 19.9, items: [{"item_id":"mug","price":19.9}] }';

test('a touchpoint is found by its kind and by fields', async ({ page, wayside }) => {
  await open(page, BUY);
  await page.getByRole('button').click();
  await expect(wayside).toHaveTouchpoint('add_to_cart');
  await expect(wayside).toHaveTouchpoint('add_to_cart', { value: 19.9, currency: /^E/, items: [{ item_id: 'mug' }] });
  await expect(wayside).toHaveTouchpoint('add_to_cart', { value: expect.any(Number) });
  expect(wayside.touchpoints({ kind: 'add_to_cart' })[0]?.items?.[0]?.price).toBe(19.9);
});

test('a touchpoint is waited for', async ({ page, wayside }) => {
  await open(page, BUY);
  await expect(wayside).toHaveTouchpoint('page_view');
  const waiting = expect(wayside).toHaveTouchpoint('add_to_cart');
  await page.getByRole('button').click();
  await waiting;
  expect((await wayside.waitFor('add_to_cart')).seq).toBe(1);
});

test('the message for a missing touchpoint lists the touchpoints that arrived', async ({ page, wayside }) => {
  await open(page, BUY);
  await page.getByRole('button').click();
  await wayside.flush(PATIENCE_MS);
  expect(await red(expect(wayside).toHaveTouchpoint('add_to_cart', { value: 29.9, items: [{ item_id: 'bowl' }] }, soon))).toBe(
    `No add_to_cart with these fields arrived within 1 s:
  value: 29.9
  items: [{"item_id":"bowl"}]

What arrived, nearest first:
  add_to_cart
    value: expected 29.9, but is 19.9
    items[0].item_id: expected "bowl", but is "mug"
  ${VIEW_LINE}`,
  );
});

test('the message mentions a page without Wayside', async ({ page, wayside }) => {
  await open(page, BUY, '');
  const help = 'Its script tag has to load, and a page that calls `init` has to assign the result to `window.wayside`.';
  expect(await red(expect(wayside).toHaveTouchpoint('page_view', {}, soon))).toBe(
    `No page_view arrived within 1 s.\n\nNothing has arrived.\n\n${SHOP}: does not run Wayside. ${help}`,
  );
  expect(await red(expect(wayside).not.toHaveTouchpoint('page_view', {}, soon))).toBe(
    `No page runs Wayside (${SHOP}), so the test cannot know which touchpoints are missing. ${help}`,
  );
});

test('a negated matcher decides after everything has arrived', async ({ page, wayside }) => {
  await open(page, BUY);
  await expect(wayside).not.toHaveTouchpoint('add_to_cart');
  await page.getByRole('button').click();
  await expect(wayside).not.toHaveTouchpoint('add_to_cart', { value: 29.9 });
  expect(await red(expect(wayside).not.toHaveTouchpoint('add_to_cart', { value: 19.9 }))).toBe(
    `add_to_cart with these fields arrived, and should not have:\n  value: 19.9\n\nIt is:\n  ${CART_LINE}`,
  );
});

test('other touchpoints may come between the steps of an order', async ({ page, wayside }) => {
  await open(page, BUY);
  await page.getByRole('button').click();
  await page.evaluate(() => window.wayside('begin_checkout'));
  await expect(wayside).toHaveTouchpointsInOrder(['page_view', 'begin_checkout']);
  await expect(wayside).toHaveTouchpointsInOrder([['page_view', { url: SHOP }], ['add_to_cart', { value: 19.9 }], 'begin_checkout']);
  await expect(wayside).not.toHaveTouchpointsInOrder(['begin_checkout', 'add_to_cart']);
  expect(await red(expect(wayside).toHaveTouchpointsInOrder(['begin_checkout', 'add_to_cart'], soon))).toBe(
    `These touchpoints did not arrive in this order within 1 s; ✗ is the first that is missing:
  ✓ begin_checkout
  ✗ add_to_cart

add_to_cart arrived only before its place in the order.

What arrived, in order:
  ${VIEW_LINE}
  ${CART_LINE}
  begin_checkout`,
  );
});

test('a signal is found with its evidence', async ({ page, wayside }) => {
  await open(page, '<button id="pay">Pay</button>');
  await expect(wayside).toHaveTouchpoint('page_view');
  await expect(wayside).not.toHaveSignal('rage_click');
  await page.locator('#pay').click({ clickCount: 5, delay: 5 });
  await expect(wayside).toHaveSignal('rage_click', { element: 'button#pay' });
  expect(await red(expect(wayside).toHaveSignal('rage_click', { element: 'button#buy' }, soon))).toContain(
    'No rage_click with this evidence within 1 s:\n  element: "button#buy"\n\nSignals that were found, nearest first:\n  rage_click\n    element: expected "button#buy", but is "button#pay"',
  );
  expect(await red(expect(wayside).toHaveSignal('checkout_slow', {}, soon))).toContain(
    'No checkout_slow within 1 s.\n\nSignals that were found, nearest first:\n  rage_click {',
  );
});

test('a signal that is only derived from the journey is found', async ({ page, wayside }) => {
  await open(page, '');
  await page.evaluate(() => window.wayside('begin_checkout'));
  for (let reload = 0; reload < 2; reload += 1) {
    await wayside.flush(PATIENCE_MS);
    await page.reload();
  }
  await expect(wayside).toHaveSignal('checkout_reload');
});

test("the stage is the journey's", async ({ page, wayside }) => {
  await open(page, BUY);
  await expect(wayside).toHaveStage('awareness');
  await page.getByRole('button').click();
  await expect(wayside).toHaveStage('purchase');
  expect(await page.evaluate(() => window.wayside.stage())).toBe('purchase');
  await expect(wayside).not.toHaveStage('advocacy');
  expect(await red(expect(wayside).toHaveStage('advocacy', soon))).toBe(
    `The journey's stage did not become advocacy within 1 s; it is purchase.\n\nThe journey and its stages:\n  page_view: awareness\n  add_to_cart: purchase`,
  );
});

test('touchpoints follow a plan, or the violations are listed', async ({ page, wayside }) => {
  const plan = definePlan({
    touchpoints: {
      page_view: null,
      add_to_cart: { required: ['currency', 'value'], properties: { currency: { values: ['EUR', 'GBP'] } } },
    },
  });
  await open(page, BUY);
  await page.getByRole('button').click();
  await expect(wayside).toFollowPlan(plan);
  await page.evaluate(() => {
    window.wayside('add_to_cart', { currency: 'USD' });
    window.wayside('size_guide_opened', { size: 'm' });
  });
  expect(await red(expect(wayside).toFollowPlan(plan))).toBe(
    `What arrived does not follow the plan.

Violations:
  add_to_cart
    value: required, but missing
    currency: must be one of "EUR", "GBP", but is "USD"

Not in the plan:
  size_guide_opened { props: {"size":"m"} }`,
  );
});

test('a value other than the fixture is refused', async ({ page }) => {
  for (const matcher of ['toHaveTouchpoint', 'toFollowPlan'] as const) {
    expect(await red(expect(page)[matcher]('' as never))).toBe('this matcher is for the fixture `wayside`: expect(wayside)');
  }
});

test("a custom touchpoint is found by its properties", async ({ page, wayside }) => {
  await open(page, '');
  await page.evaluate(() => window.wayside('size_guide_opened', { size: 'm' }));
  await expect(wayside).toHaveTouchpoint('size_guide_opened', { size: 'm' });
});
