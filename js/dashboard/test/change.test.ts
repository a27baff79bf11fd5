import { expect, test } from 'vitest';

import { changeOf } from '../src/data/change.ts';

const exact = (value: number | undefined) => ({ value, low: undefined, high: undefined });

test('overlapping intervals are no clear change', () => {
  expect(
    changeOf({ value: 0.03, low: 0.027, high: 0.033 }, { value: 0.028, low: 0.025, high: 0.031 }, 'ratio'),
  ).toEqual({ direction: 'unclear', text: 'no clear change from 2.8%' });
});

test('ratios change in points, counts in per cent', () => {
  expect(changeOf({ value: 0.3, low: 0.29, high: 0.31 }, { value: 0.2, low: 0.19, high: 0.21 }, 'ratio')).toEqual({
    direction: 'up',
    text: '10 points from 20.0%',
  });
  expect(changeOf(exact(75), exact(100), 'count')).toEqual({ direction: 'down', text: '25% from 100' });
});

test('amounts change in their currency, and two currencies are not compared', () => {
  const amount = (value: number, currency: string | undefined) => ({ ...exact(value), currency });
  expect(changeOf(amount(150, 'EUR'), amount(100, 'EUR'), 'money')?.text).toBe('50% from €100.00');
  expect(changeOf(amount(150, undefined), amount(100, undefined), 'money')?.text).toBe('50% from 100.00');
  expect(changeOf(amount(150, 'USD'), amount(100, 'EUR'), 'money')).toBeUndefined();
  expect(changeOf(amount(150, 'EUR'), amount(100, undefined), 'money')).toBeUndefined();
  // Days without an order have no currency either.
  expect(changeOf(amount(0, undefined), amount(100, 'EUR'), 'money')?.text).toBe('100% from €100.00');
  expect(changeOf(amount(150, 'EUR'), amount(0, undefined), 'money')?.text).toBe('€150.00 from €0.00');
  expect(changeOf(amount(150, 'EUR'), amount(0, 'USD'), 'money')?.text).toBe('€150.00 from €0.00');
});

test('no division by zero, and nothing from nothing', () => {
  expect(changeOf(exact(5), exact(0), 'count')).toEqual({ direction: 'up', text: '5 from 0' });
  expect(changeOf(exact(undefined), exact(1), 'count')).toBeUndefined();
  expect(changeOf(exact(1), exact(1), 'count')).toEqual({ direction: 'unclear', text: 'unchanged' });
});
