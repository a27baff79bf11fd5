import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldDifferences, inOrder, nearest } from '../src/match.ts';
import { CART, VIEW } from './support.ts';

/** An asymmetric matcher as Jest and Playwright make them. */
const anyNumber = { asymmetricMatch: (value: unknown): boolean => typeof value === 'number', toAsymmetricMatcher: (): string => 'Any<Number>' };

function check(fields: object, paths: string[]): void {
  const found = fieldDifferences({ ...CART, props: { gift: true } }, fields);
  assert.deepEqual(found.map(({ path }) => path), paths);
}

test('a touchpoint may have more fields than expected', () => {
  check({}, []);
  check({ value: 19.9 }, []);
  check({ items: [{ item_id: 'mug' }] }, []);
});

test('every difference is listed', () => {
  check({ value: 29.9, currency: 'GBP' }, ['value', 'currency']);
  check({ items: [{ item_id: 'bowl', price: 1 }] }, ['items[0].item_id', 'items[0].price']);
  check({ coupon: 'SPRING' }, ['coupon']);
});

test('lists must have the expected length', () => {
  check({ items: [] }, ['items']);
  check({ items: [{}, {}] }, ['items']);
});

test('values are compared by type', () => {
  check({ value: '19.9' }, ['value']);
  check({ items: 'mug' }, ['items']);
  check({ value: { amount: 19.9 } }, ['value']);
  check({ coupon: undefined }, []);
});

test('patterns and asymmetric matchers are supported', () => {
  check({ currency: /^E/ }, []);
  check({ currency: /^G/, value: /19/ }, ['currency', 'value']);
  check({ value: anyNumber, currency: anyNumber }, ['currency']);
});

test('custom properties are compared like fields', () => {
  check({ gift: true }, []);
  check({ gift: false }, ['gift']);
});

test('the nearest touchpoint has the same kind and the fewest differences', () => {
  const dearer = { ...CART, value: 30 };
  const other = { ...CART, value: 30, currency: 'GBP' };
  const near = nearest([VIEW, other, dearer], 'add_to_cart', { value: 19.9, currency: 'EUR' });
  assert.deepEqual(near.map(({ it }) => it), [dearer, other, VIEW]);
});

test('other touchpoints may come between the steps of an order', () => {
  const cheap = { ...CART, value: 5 };
  const steps = [['page_view', {}], ['add_to_cart', { value: 19.9 }]] as const;
  assert.deepEqual(inOrder([VIEW, cheap, CART], steps), [VIEW, CART]);
  assert.deepEqual(inOrder([CART, VIEW], steps), [VIEW]);
});
