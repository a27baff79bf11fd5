// Values as shops send them, and bursts of calls, in headless Chromium: no value costs its touchpoint, and every call arrives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flush, inChromium, options, page, shop, visit } from './shop.ts';

inChromium();

/** Nothing that a page captures by itself. */
const OFF = { attributes: 'data-off="click form user_engagement web_vitals tab_switch page_view"' };

const status = () => page.evaluate(() => window.wayside.status());

/** The values of {@link buy}'s calls, as source text of the page, with the value that arrives and what a repair keeps. */
const AMOUNTS: [source: string, value: number | undefined, kept?: string][] = [
  ["'3,456.78'", 3456.78],
  ["'5,000.00'", 5000],
  ["'1.234,56'", 1234.56],
  ["'19,90'", 19.9],
  ["'€19.90'", 19.9],
  ["'$1,234.56'", 1234.56],
  ["'1 234.56'", 1234.56],
  ["''", undefined],
  ["'NaN'", undefined, 'field_type: NaN'],
  ['NaN', undefined, 'field_type: NaN'],
  ['Infinity', undefined, 'field_type: Infinity'],
  ['null', undefined],
  ['undefined', undefined],
  ['true', undefined, 'field_type: true'],
  ["'12.00 EUR'", 12],
  ['-5', -5],
  ["'1e3'", 1000],
  ['0.1 + 0.2', 0.3],
  ['1999.995', 1999.995],
  ["'3456.78'", 3456.78],
];

test('an amount is read if that needs no guess, and otherwise kept as it came', options, async () => {
  shop.serve('', OFF);
  await visit();
  const calls = AMOUNTS.map(([source], n) => `wayside('purchase', { transaction_id: 'T' + ${n}, value: ${source}, tax: 1 })`);
  await page.evaluate(calls.join('\n'));
  await flush();
  const orders = shop.told('purchase');
  assert.deepEqual(
    orders.map(({ transaction_id, value, tax, repairs }) => ({ transaction_id, value, tax, repairs })),
    AMOUNTS.map(([, value, kept], n) => ({ transaction_id: `T${n}`, value, tax: 1, repairs: kept && { value: kept } })),
  );
  const { captured, acked, refused, repaired } = await status();
  assert.deepEqual({ captured, acked, refused, repaired }, { captured: 20, acked: 20, refused: 0, repaired: 4 });
});

test('items, numbers and objects of all kinds cost no touchpoint', options, async () => {
  shop.serve('', OFF);
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await visit();
  await page.evaluate(() => {
    const wayside = window.wayside as unknown as (name: string, fields?: unknown) => void;
    wayside('purchase', { transaction_id: 12345678901234567890n, value: 1 });
    wayside('purchase', { transaction_id: 1e21, value: 2 });
    wayside('purchase', { transaction_id: ' 1042', value: 22.2, items: [{ item_id: 'cheese', quantity: 1.85 }, { item_id: 'ham', quantity: 0.5, price: 'free' }, null, undefined] });
    wayside('purchase', { value: 4, items: '[{"item_id":"text"}]' });
    wayside('purchase', { value: 5, items: { 0: { item_id: 'a' }, 1: { item_id: 'b' } } });
    const round: Record<string, unknown> = { value: 6, currency: 'EUR' };
    round['itself'] = round;
    wayside('purchase', round);
    wayside('purchase', {
      value: 7,
      get currency(): string {
        throw new Error('no currency');
      },
    });
    let deep: unknown = 1;
    for (let n = 0; n < 1_000; n++) deep = [deep];
    wayside('purchase', { value: 8, deep });
    wayside('größe ändern', { value: 9 });
    wayside('search', {});
    wayside('x'.repeat(65));
  });
  await flush();
  const orders = shop.told('purchase');
  const column = (name: string): unknown[] => orders.map((order) => order[name]);
  assert.deepEqual(column('value'), [1, 2, 22.2, 4, 5, 6, 7, 8]);
  assert.deepEqual(column('transaction_id').slice(0, 3), ['12345678901234567890', '1e+21', ' 1042']);
  assert.deepEqual(column('items').slice(2, 5), [
    [
      { item_id: 'cheese', quantity: 1.85 },
      { item_id: 'ham', quantity: 0.5 },
    ],
    [{ item_id: 'text' }],
    [{ item_id: 'a' }, { item_id: 'b' }],
  ]);
  assert.deepEqual(column('repairs'), [
    undefined,
    undefined,
    { 'items.price': 'field_type: free' },
    undefined,
    undefined,
    { itself: 'field_type: ' },
    { currency: 'field_type: ' },
    { deep: 'field_type: 1' },
  ]);
  assert.equal(orders[5]!['currency'], 'EUR');
  assert.equal(shop.told('größe ändern').length, 1);
  const { captured, refused, repaired, pending } = await status();
  assert.deepEqual({ captured, refused, repaired, pending }, { captured: 11, refused: 2, repaired: 4, pending: 0 });
  for (const line of ['field_type: free purchase.items.price', 'field_missing search.search_term', `name ${'x'.repeat(65)}`]) {
    assert.ok(said.includes(`wayside: ${line}`), `${line} is not among ${said.join(' | ')}`);
  }
});

test('ten thousand calls in a turn arrive whole, before and after the Wasm runs', options, async () => {
  shop.serve('', OFF);
  await visit();
  const burst = (first: number): Promise<void> =>
    page.evaluate((first) => {
      for (let n = first; n < first + 10_000; n++) window.wayside('view_item', { value: n });
    }, first);
  await burst(0);
  await flush();
  let go = (): void => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/wayside-glue.js*', async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  await page.waitForFunction(() => window.wayside?.on);
  await burst(10_000);
  go();
  await flush();
  const values = shop.told('view_item').map(({ value }) => value as number);
  assert.deepEqual(
    values.sort((a, b) => a - b),
    Array.from({ length: 20_000 }, (_, n) => n),
  );
});

test('pushes of shops in all their forms are touchpoints, also those from before the module ran', options, async () => {
  const push = (...pushes: unknown[]): string => `<script>window.dataLayer = window.dataLayer ?? []; ${pushes.map((one) => `dataLayer.push(${JSON.stringify(one)});`).join('')}</script>`;
  const products = [{ id: 'm1', name: 'Mug', price: '19.90', quantity: '2' }];
  const early = push({ ecommerce: { currencyCode: 'EUR', purchase: { actionField: { id: 'T1', revenue: '39.80' }, products } } }, { event: 'add_to_cart', item_id: 'm2', price: 3, currency: 'EUR' });
  shop.serve(`${early}<button data-wayside-add_to_cart='{"item_id":"mug","price":19.9,"currency":"EUR"}'>Add</button>`, OFF);
  await visit();
  await page.evaluate(() => {
    const layer = window.dataLayer as unknown[];
    layer.push(['set', { user_id: 'ann' }]);
    layer.push(['event', 'login', { method: 'mail' }]);
  });
  await page.click('button');
  await flush();
  const [order] = shop.told('purchase');
  assert.deepEqual([order!['transaction_id'], order!['value'], order!['currency']], ['T1', 39.8, 'EUR']);
  assert.deepEqual(order!['items'], [{ item_id: 'm1', item_name: 'Mug', price: 19.9, quantity: 2 }]);
  assert.deepEqual(
    shop.told('add_to_cart').map(({ value, items }) => ({ value, items })),
    [
      { value: 3, items: [{ item_id: 'm2', price: 3 }] },
      { value: 19.9, items: [{ item_id: 'mug', price: 19.9 }] },
    ],
  );
  assert.deepEqual([shop.told('identify')[0]!['customer_id'], shop.told('login')[0]!['method']], ['ann', 'mail']);
});
