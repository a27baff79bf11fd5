// The parts that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pushed } from '../src/datalayer.ts';
import { newId } from '../src/ids.ts';
import { bare, events } from '../src/plain.ts';
import { decode, encode } from '../src/value.ts';

test('identities are what the model takes', () => {
  for (let n = 0; n < 100; n++) assert.match(newId(), /^[0-9a-f]{32}$/);
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

test('values come back as they went, one after the other', () => {
  const rows: unknown[] = [
    null,
    true,
    false,
    0,
    -1.5,
    2 ** 53,
    Number.MIN_VALUE,
    '',
    'text',
    'Grüße, 世界 🌍\0',
    'x'.repeat(200_000),
    [],
    {},
    [[], [0], ['', { a: { '': [null, 1] } }]],
    Array.from({ length: 300 }, (_, n) => n),
    JSON.parse('{"__proto__":{"polluted":1},"items":[{"item_id":"mug","price":19.9}]}'),
  ];
  for (const row of rows) assert.deepEqual(decode(encode(row)), [row], JSON.stringify(row).slice(0, 80));
  const bytes = rows.map(encode);
  assert.deepEqual(decode(Uint8Array.from(bytes.flatMap((some) => [...some]))), rows);
});

test('what JSON cannot say is null', () => {
  assert.deepEqual(decode(encode([undefined, Infinity, NaN, () => {}, Symbol('s')])), [[null, null, null, null, null]]);
  assert.deepEqual(decode(encode(['\ud800'])), [['\ufffd']]);
});

test('values are the bytes that the Wasm reads', () => {
  const bytes = encode([null, false, true, 1, 'é', { a: [] }]);
  const hex = Buffer.from(bytes).toString('hex');
  assert.equal(hex, '0506000000' + '00' + '01' + '02' + '03000000000000f03f' + '0402000000c3a9' + '060100000001000000610500000000');
  assert.deepEqual(decode(Uint8Array.of(7, 2, 0, 0, 0, 1, 255)), [Uint8Array.of(1, 255)]);
});
