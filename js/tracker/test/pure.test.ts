// The parts that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pushed } from '../src/datalayer.ts';
import { Message } from '../src/generated/queue.ts';
import { newId } from '../src/ids.ts';
import { bare, events } from '../src/plain.ts';
import { pushedOtherwise } from '../src/pushes.ts';
import { stepOf } from '../src/rules.ts';

test('ids have the format that the model accepts', () => {
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
    // The fields beside the event's name.
    [{ event: 'add_to_cart', value: 1 }, ['add_to_cart', fields]],
    [['event', 'search', { search_term: 'mug' }], ['search', { search_term: 'mug' }]],
    [['event', 'generate_lead', fields], ['generate_lead', fields]],
    [{ event: 'login', method: 'mail' }, ['login', { method: 'mail' }]],
    [['config', 'G-1'], undefined],
    [{ ecommerce: null }, undefined],
    [null, undefined],
    [undefined, undefined],
    ['add_to_cart', undefined],
  ];
  for (const [push, expected] of rows) assert.deepEqual(pushed(push), expected, JSON.stringify(push));
});

test('other pushes tell who is logged in, and the e-commerce of Universal Analytics', () => {
  const actionField = { id: 'T1', revenue: '19.90', tax: '1.90' };
  const products = [{ id: 'm1', name: 'Mug', price: '19.90', quantity: 1 }];
  const rows: [unknown, unknown][] = [
    [['set', { user_id: 'u1' }], ['identify', { customer_id: 'u1' }]],
    [['config', 'G-1', { user_id: 'u1' }], ['identify', { customer_id: 'u1' }]],
    [['config', 'G-1'], undefined],
    [['event', 'view_search_results', { search_term: 'mug' }], ['search', { search_term: 'mug' }]],
    [
      { ecommerce: { currencyCode: 'EUR', purchase: { actionField, products } } },
      ['purchase', { tax: '1.90', transaction_id: 'T1', value: '19.90', items: products, currency: 'EUR' }],
    ],
    [{ event: 'x', ecommerce: { add: { products } } }, ['add_to_cart', { transaction_id: undefined, value: undefined, items: products, currency: undefined }]],
    [{ ecommerce: { checkout: { actionField: { step: 1 } } } }, undefined],
    [{ event: 'purchase', ecommerce: { items: [] } }, undefined],
    [{ ecommerce: null }, undefined],
    [undefined, undefined],
  ];
  for (const [push, expected] of rows) assert.deepEqual(pushedOtherwise(push), expected, JSON.stringify(push));
});

test('addresses keep their campaign and nothing else', () => {
  const rows = [
    ['https://a.example/x', 'https://a.example/x'],
    ['https://a.example/x?token=1#id', 'https://a.example/x?'],
    ['https://a.example/x?a=1&utm_source=n&b=2&utm_medium=m#/r', 'https://a.example/x?&utm_source=n&&utm_medium=m'],
  ];
  for (const [url, expected] of rows) assert.equal(bare(url!), expected);
});

test('the fields of a call cannot override its time or kind', () => {
  assert.deepEqual(events([[Message.call, 7, 'view_item', { time: 1, kind: 'purchase', value: 2 }]]), [{ time: 7, kind: 'view_item', value: 2 }]);
});

const STEPS = 'begin=/checkout shipping=/checkout/shipping payment=/checkout/*/pay review=/order?step=4 done=/checkout/#review any=*/ende';
const never = (code: string, about: unknown): never => assert.fail(`${code} ${about}`);

test('an address has the checkout step of the last matching rule', () => {
  const rows: [address: string, step?: string][] = [
    ['/checkout', 'begin'],
    ['/checkout/', 'begin'],
    ['/checkout?cart=1', 'begin'],
    ['/checkout/shipping', 'shipping'],
    ['/checkout/shipping/express#top', 'shipping'],
    ['/checkout/c1/n2/pay', 'payment'],
    ['/order?step=4&lang=de', 'review'],
    ['/checkout/#review', 'done'],
    ['/de/kasse/ende', 'any'],
    [''],
    ['/'],
    ['/shop/checkout'],
    ['/checkouts'],
    ['/order?step=40'],
    ['/order?lang=de&step=4'],
  ];
  for (const [address, step] of rows) {
    const view = ['https://shop.example' + address, '', '', 'link', false] as const;
    assert.equal(stepOf(STEPS, never)([...view]), step, address);
  }
  assert.equal(stepOf('', never)(['https://shop.example/', '', '', 'link', false]), undefined);
});

test('a page load always begins its step, a change of address only a different step', () => {
  const step = stepOf(STEPS, never);
  const rows: [address: string, entry: string, step?: string][] = [
    ['/checkout', 'link', 'begin'],
    ['/checkout', 'reload', 'begin'],
    ['/checkout?edit=1', 'spa'],
    ['/checkout/shipping', 'spa', 'shipping'],
    ['/', 'spa'],
    ['/checkout/shipping', 'spa', 'shipping'],
    ['/checkout/shipping', 'bfcache', 'shipping'],
  ];
  for (const [address, entry, expected] of rows) assert.equal(step(['https://shop.example' + address, '', '', entry, false]), expected, `${address} ${entry}`);
});

test('an invalid rule is reported and ignored', () => {
  const said: unknown[] = [];
  const step = stepOf('begin=/checkout payment =/pay step=pay', (...about) => said.push(about));
  assert.deepEqual(said, [['step', 'payment'], ['step', '=/pay'], ['step', 'step=pay']]);
  assert.equal(step(['https://shop.example/checkout', '', '', 'link', false]), 'begin');
});
