import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notArrived, notInOrder, show } from '../src/words.ts';
import { CART, VIEW } from './support.ts';

const nothing = { touchpoints: [], signals: [], dead: [], refusals: [] };

test('the touchpoints that arrived are listed, nearest first', () => {
  const message = notArrived('add_to_cart', { value: 29.9, currency: 'EUR', items: [{ item_id: /^bowl/ }] }, 1_500, { ...nothing, touchpoints: [VIEW, CART] });
  assert.equal(
    message,
    `No add_to_cart with these fields arrived within 1.5 s:
  value: 29.9
  currency: "EUR"
  items: [{"item_id":"/^bowl/"}]

What arrived, nearest first:
  add_to_cart
    value: expected 29.9, but is 19.9
    items[0].item_id: expected /^bowl/, but is "mug"
  page_view { url: "https://shop.example/" }`,
  );
});

test('the message says that nothing arrived', () => {
  assert.equal(notArrived('purchase', {}, 5_000, nothing), 'No purchase arrived within 5 s.\n\nNothing has arrived.');
});

test('dead letters and refused batches are listed', () => {
  const dead = [{ writer: 'a', seq: 3, time: null, code: 'field_type', detail: 'value is not an amount' }];
  const refusals = [{ status: 400, code: 'malformed', message: 'the body is no batch' }];
  const message = notArrived('purchase', {}, 5_000, { ...nothing, touchpoints: [VIEW], dead, refusals });
  assert.match(message, /Dead letters, which the model refused:\n  event 3: value is not an amount\n\nRefused batches:\n  the body is no batch$/);
});

test('the first missing step of an order is marked', () => {
  const steps = [['page_view', {}], ['add_to_cart', { value: 29.9 }], ['purchase', {}]] as const;
  assert.equal(
    notInOrder(steps, [VIEW], 5_000, { ...nothing, touchpoints: [VIEW, CART] }),
    `These touchpoints did not arrive in this order within 5 s; ✗ is the first that is missing:
  ✓ page_view
  ✗ add_to_cart {"value":29.9}
    purchase

Later add_to_cart touchpoints, nearest first:
  add_to_cart
    value: expected 29.9, but is 19.9

What arrived, in order:
  page_view { url: "https://shop.example/" }
  add_to_cart { currency: "EUR", value: 19.9, items: [{"item_id":"mug","price":19.9}] }`,
  );
});

test('a step that came too early is mentioned', () => {
  const steps = [['add_to_cart', {}], ['page_view', {}]] as const;
  assert.match(notInOrder(steps, [CART], 5_000, { ...nothing, touchpoints: [VIEW, CART] }), /\n\npage_view arrived only before its place in the order\.\n\n/);
});

test('long lists and values are cut', () => {
  const touchpoints = Array.from({ length: 30 }, () => VIEW);
  assert.match(notArrived('purchase', {}, 5_000, { ...nothing, touchpoints }), /\n  … and 10 more$/);
  assert.equal(show('x'.repeat(500)).length, 121);
});
