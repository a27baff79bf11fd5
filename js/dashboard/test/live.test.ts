import { describe, expect, test } from 'vitest';

import { detailOf, matches, nameOf, parseTouchpoint, type Touchpoint } from '../src/data/live.ts';

const touch = (fields: Record<string, unknown>): Touchpoint => {
  const parsed = parseTouchpoint(
    JSON.stringify({
      site: 'shop',
      visitor: 'v1',
      customer: 'c1',
      time: 1,
      kind: 'page_view',
      stage: 'awareness',
      ...fields,
    }),
  );
  if (parsed === undefined) throw new Error('not a touchpoint');
  return parsed;
};

describe('a message of the stream', () => {
  test('is a touchpoint with its other fields', () => {
    const parsed = touch({ kind: 'search', search_term: 'mug', session: 2 });
    expect(parsed).toMatchObject({ site: 'shop', visitor: 'v1', customer: 'c1', time: 1, kind: 'search' });
    expect([...parsed.fields]).toEqual([['search_term', 'mug']]);
  });

  test.each(['', 'null', '[]', '7', '{"kind":"x"}', '{"time":1}', '{"time":"1","kind":"x"}'])(
    'that is %j is left out',
    (text) => {
      expect(parseTouchpoint(text)).toBeUndefined();
    },
  );
});

test('a signal and a custom touchpoint go by their own name', () => {
  expect(nameOf(touch({ kind: 'signal', name: 'rage_click' }))).toBe('rage_click');
  expect(nameOf(touch({ kind: 'custom', name: 'gift_wrap' }))).toBe('gift_wrap');
  expect(nameOf(touch({ kind: 'page_view', name: 'x' }))).toBe('page_view');
});

describe('the detail of', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a page', { url: 'https://shop.example/mugs?x=1', title: 'Mugs' }, 'Mugs · /mugs?x=1'],
    [
      'a cart action',
      { kind: 'add_to_cart', value: 19.9, currency: 'EUR', items: [{ item_name: 'Mug' }, { item_id: 's' }] },
      'Mug and 1 more · €19.90',
    ],
    [
      'a step time',
      { kind: 'checkout_step_time', step: 'add_payment_info', waiting_ms: 8200, acting_ms: 900 },
      'add payment info · waiting 8.2 s · acting 900 ms',
    ],
    ['nothing', {}, ''],
    ['odd items', { items: [null] }, '1 item'],
  ])('%s', (_, fields, expected) => {
    expect(detailOf(touch(fields))).toBe(expected);
  });
});

test('a filter finds all its words in any field, in words or as written', () => {
  const point = touch({ kind: 'add_to_cart', items: [{ item_name: 'Blue Mug' }] });
  expect(matches(point, '')).toBe(true);
  expect(matches(point, 'blue add_to')).toBe(true);
  expect(matches(point, 'add to cart')).toBe(true);
  expect(matches(point, 'blue teapot')).toBe(false);
});
