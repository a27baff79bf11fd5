// The parts that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pushed } from '../src/datalayer.ts';
import { newVisitor, newWriter } from '../src/ids.ts';
import { bare, events } from '../src/plain.ts';

test('identities are what the model takes', () => {
  for (let n = 0; n < 100; n++) {
    assert.match(newWriter(), /^[0-9a-f]{32}$/);
    assert.match(newVisitor(), /^[A-Za-z0-9_-]{22}$/);
  }
});

test('only e-commerce pushes are read', () => {
  const fields = { value: 1 };
  const rows: [unknown, unknown][] = [
    [{ event: 'add_to_cart', ecommerce: fields }, ['add_to_cart', fields]],
    [['event', 'purchase', fields], ['purchase', fields]],
    [{ event: 'view_item_list', ecommerce: fields }, ['view_item_list', fields]],
    [{ event: 'purchased_elsewhere', ecommerce: fields }, undefined],
    [{ event: 'gtm.click' }, undefined],
    [['config', 'G-1'], undefined],
    [{ ecommerce: null }, undefined],
    [null, undefined],
    [undefined, undefined],
    ['add_to_cart', undefined],
  ];
  for (const [push, expected] of rows) assert.deepEqual(pushed(push), expected, JSON.stringify(push));
});

test('addresses keep their campaign and nothing else', () => {
  const rows = [
    ['https://a.example/x', 'https://a.example/x'],
    ['https://a.example/x?token=1#id', 'https://a.example/x?'],
    ['https://a.example/x?a=1&utm_source=n&b=2&utm_medium=m#/r', 'https://a.example/x?&utm_source=n&&utm_medium=m'],
  ];
  for (const [url, expected] of rows) assert.equal(bare(url!), expected);
});

test('a call cannot pretend to be of another time or kind', () => {
  assert.deepEqual(events([[0, 7, 'view_item', { time: 1, kind: 'purchase', value: 2 }]]), [{ time: 7, kind: 'view_item', value: 2 }]);
});
