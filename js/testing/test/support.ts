// What unit tests have in hand in one line.

import type { Fielded } from '../src/match.ts';

/** When the tests' visits begin. */
export const START = 1_764_000_000_000;

/** A JSON batch of writer `a…a` and visitor `v1`, an event a second. */
export function batch(events: Fielded[], { first_seq = 0, visitor = 'v1', writer = 'a'.repeat(32) } = {}): Buffer {
  const timed = events.map((event, at) => ({ time: START + (first_seq + at) * 1_000, ...event }));
  return Buffer.from(JSON.stringify({ v: 1, site: 'shop', writer, visitor, consent: 'granted', automated: true, first_seq, events: timed }));
}

export const VIEW = { kind: 'page_view', url: 'https://shop.example/' };
export const CART = { kind: 'add_to_cart', currency: 'EUR', value: 19.9, items: [{ item_id: 'mug', price: 19.9 }] };
