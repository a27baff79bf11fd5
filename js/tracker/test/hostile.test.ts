// Pages that pass anything, replace what browsers have, or call back without end, in headless Chromium.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flush, inChromium, options, page, shop, visit } from './shop.ts';

inChromium();

const TAKEN = 'wayside: window.wayside is taken';
const OFF = 'data-off="click form user_engagement web_vitals"';

test('whatever a page passes, nothing throws into it', options, async () => {
  shop.serve('', { attributes: OFF });
  await visit();
  const thrown = await page.evaluate(async () => {
    const wayside = window.wayside as unknown as Record<string, (...args: unknown[]) => unknown> & ((...args: unknown[]) => unknown);
    const layer = window.dataLayer as unknown[];
    const getter = {
      get event(): string {
        throw new Error('getter');
      },
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const things = [Symbol('s'), getter, proxy, null, 10n, () => 0, Object.freeze([1]), { event: Symbol('s') }, { ecommerce: getter }, { event: 'purchase', ecommerce: proxy }];
    const failed: string[] = [];
    const attempt = (name: string, run: () => unknown): void => {
      try {
        run();
      } catch (error) {
        failed.push(`${name}: ${String(error)}`);
      }
    };
    for (const thing of things) {
      attempt('push', () => layer.push(thing));
      attempt('name', () => wayside(thing));
      attempt('fields', () => wayside('quiz', thing));
      attempt('consent', () => wayside['consent']!(thing));
      attempt('on', () => wayside['on']!(thing, thing));
    }
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) attempt(name, () => wayside(name));
    await wayside['flush']!();
    return failed;
  });
  assert.deepEqual(thrown, []);
  await page.evaluate(() => window.wayside('afterwards'));
  await flush();
  assert.equal(shop.told('afterwards').length, 1);
});

test('libraries of old that replace what browsers have change nothing', options, async () => {
  const library = `<script>
    Array.prototype.toJSON = function () { return '[' + this.join(', ') + ']'; };
    String.prototype.toJSON = function () { return '"' + this + '"'; };
    Array.from = function (from) { var all = []; for (var n = 0; n < (from.length || 0); n++) all.push(from[n]); return all; };
    Array.prototype.each = Array.prototype.forEach;
  </script>`;
  const form = '<form data-wayside-quiz=\'{"n":2}\'><input name="closest"><input name="getAttribute"><input name="getRootNode"><input name="getAttributeNames"><button type="button" id="go">Go</button></form>';
  shop.serve(form, { attributes: OFF, head: library });
  await visit();
  await page.evaluate(() => {
    window.wayside.on('touchpoint', ({ kind }) => window.noted.push(kind));
    window.wayside('purchase', { transaction_id: 'T1', value: 3, items: [{ item_id: 'mug', price: 3 }] });
  });
  // Playwright itself calls methods of the form that its fields hide.
  await page.evaluate(() => {
    const [field] = document.forms[0]!.querySelectorAll('input');
    field!.focus();
    field!.value = 'x';
    field!.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText' }));
    document.getElementById('go')!.click();
    HTMLElement.prototype.click.call(document.forms[0]!);
  });
  await flush();
  assert.deepEqual(shop.told('purchase')[0]!['items'], [{ item_id: 'mug', price: 3 }]);
  assert.deepEqual(shop.told('purchase')[0]!['transaction_id'], 'T1');
  assert.deepEqual(
    shop.told('quiz').map(({ props }) => props),
    [{ n: 2 }, { n: 2 }],
  );
  assert.deepEqual(shop.told('page_error'), [], 'no error of the SDK is one of the shop');
  assert.ok((await page.evaluate(() => window.noted)).includes('purchase'));
});

test('a second script tag is said, and the page is recorded once', options, async () => {
  shop.serve('<script async src="/wayside.js" data-site="outlet"></script>', { attributes: OFF });
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await visit();
  await flush();
  assert.equal(shop.told('page_view').length, 1);
  assert.deepEqual(
    said.filter((text) => text.includes('taken')),
    [TAKEN],
  );
});

test("a page's own window.wayside stays, and it is said that Wayside does not run", options, async () => {
  shop.serve('', { attributes: OFF, head: '<script>var wayside = { theme: "dark" };</script>' });
  const said = page.waitForEvent('console', (message) => message.text().includes('taken'));
  await page.goto(shop.origin);
  assert.equal((await said).text(), TAKEN);
  assert.deepEqual(await page.evaluate(() => window.wayside as unknown), { theme: 'dark' });
});

test('an element with the id wayside is no obstacle', options, async () => {
  shop.serve('', { attributes: OFF, head: '<meta id="wayside">' });
  await visit();
  await flush();
  assert.equal(shop.told('page_view').length, 1);
});

test('a name that is nearly that of a kind is said in debug mode', options, async () => {
  shop.serve('', { attributes: OFF });
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await visit();
  await page.evaluate(() => {
    for (const name of ['add_to_crat', 'size_guide_opened']) (window.wayside as (name: string) => void)(name);
  });
  await flush();
  assert.deepEqual(
    said.filter((text) => text.includes('misspelt')),
    ['wayside: misspelt add_to_crat: did you mean add_to_cart?'],
  );
});

test('a listener that records without end is removed and said, and the page goes on', options, async () => {
  shop.serve('', { attributes: OFF });
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await visit();
  await page.evaluate(() => {
    window.wayside.on('touchpoint', ({ kind }) => (kind as string) === 'echo' && window.wayside('echo'));
    window.wayside('echo');
  });
  await page.evaluate(() => window.wayside('afterwards'));
  await flush();
  assert.equal(shop.told('afterwards').length, 1);
  assert.ok(said.some((text) => text.includes('a listener of the page records without end')), said.slice(0, 5).join('\n'));
});
