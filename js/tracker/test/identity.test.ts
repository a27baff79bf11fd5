// The visitor across hosts and tabs: cookies, `localStorage`, and links between domains.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, becomes, context, cookies, flush, onManyHosts, open, page, shop, visit, visitor, visitors } from './hosts.ts';
import { options } from './shop.ts';

onManyHosts();

describe('hosts of one domain', () => {
  for (const [first, second] of [
    ['www.shop.localhost', 'checkout.shop.localhost'],
    ['www.shop.example', 'pay.checkout.shop.example'],
    ['shop.example', 'www.shop.example'],
    ['www.mugs.co.uk', 'checkout.mugs.co.uk'],
  ] as const) {
    test(`${first} and ${second}: one visitor, one visit, and no referral from the shop itself`, options, async () => {
      shop.serve('<a id="go">Checkout</a>');
      const landing = await visit(at(first, '/?utm_source=news&utm_medium=email'));
      await page.evaluate(() => window.wayside('add_to_cart', { currency: 'EUR', value: 9 }));
      await page.evaluate((url) => document.getElementById('go')!.setAttribute('href', url), at(second, '/next?utm_source=menu'));
      await page.click('#go');
      await page.waitForURL(at(second, '/next?utm_source=menu'));
      assert.equal(await visitor(), landing);
      await page.evaluate(() => window.wayside('purchase', { transaction_id: '1', currency: 'EUR', value: 9 }));
      await flush();
      await becomes(() => shop.told('page_view').length > 1);
      assert.deepEqual(visitors(), [landing]);
      const told = shop.sink.touchpoints();
      assert.deepEqual([...new Set(told.map(({ session, channel }) => `${session} ${channel}`))], ['0 Email'], JSON.stringify(told));
      assert.deepEqual(shop.told('page_view').map(({ source, referrer }) => [source, referrer]), [['news', undefined], [undefined, undefined]]);
      assert.deepEqual(shop.told('click').map(({ method }) => method), [undefined], 'it is no outbound link');
    });
  }

  test('a page that is left before the Wasm runs passes its visitor and campaign on', options, async () => {
    shop.serve('<a id="go">Checkout</a>');
    await context.route('**/wayside-glue.js*', (route) => (new URL(route.request().url()).hostname.startsWith('www.') ? undefined : route.continue()));
    await page.goto(at('www.shop.localhost', '/?utm_source=news&utm_medium=email'));
    await page.waitForFunction(() => window.wayside?.on);
    await page.evaluate((url) => (location.href = url), at('checkout.shop.localhost', '/next'));
    await page.waitForURL('**/next');
    await visitor();
    await flush();
    await becomes(() => shop.told('page_view').length > 1);
    assert.equal(visitors().length, 1);
    assert.deepEqual([...new Set(shop.sink.touchpoints().map(({ channel }) => channel))], ['Email']);
  });

  test('the journey goes on: its stage, and a checkout that is left on one host and seen again on the other', options, async () => {
    shop.serve();
    await visit(at('www.shop.example'));
    await page.evaluate(() => window.wayside('view_item', { items: [{ item_id: 'mug' }] }));
    assert.equal(await page.evaluate(() => window.wayside.stage()), 'consideration');
    await visit(at('checkout.shop.example'));
    assert.equal(await page.evaluate(() => window.wayside.stage()), 'consideration');
    assert.deepEqual(await cookies('wayside.journey.shop'), [], 'it is taken over once');
  });

  test('a reset and a denial hold on every host', options, async () => {
    shop.serve();
    const first = await visit(at('www.shop.example'));
    const second = await page.evaluate(() => (window.wayside.reset(), window.wayside.visitor()));
    assert.notEqual(second, first);
    assert.equal(await visit(at('checkout.shop.example')), second);
    const other = await open();
    assert.equal(await visit(at('www.shop.example'), other), second);
    await page.evaluate(() => window.wayside.consent('denied'));
    await page.evaluate(() => window.wayside.status());
    assert.deepEqual((await context.cookies()).map(({ name, value }) => `${name} ${value}`), ['wayside.consent.shop denied']);
    // The other tab learns of it at the next event or timer, and the next page at once.
    await becomes(() => other.evaluate(async () => (dispatchEvent(new Event('focus')), (await window.wayside.status()).consent === 'denied')));
    await visit(at('www.shop.example'), other);
    assert.equal(await other.evaluate(async () => (await window.wayside.status()).captured), 0);
    await page.evaluate(() => window.wayside.consent('granted'));
    const third = await visitor();
    assert.ok(![first, second].includes(third));
    assert.equal(await visit(at('www.shop.example'), other), third);
  });
});

describe('cookies', () => {
  test('their domain is the registered one, never a public suffix', options, async () => {
    shop.serve();
    for (const [host, domain] of [
      ['www.shop.example', '.shop.example'],
      ['shop.example', '.shop.example'],
      ['a.b.c.shop.example', '.shop.example'],
      ['www.mugs.co.uk', '.mugs.co.uk'],
      ['www.shop.localhost', '.shop.localhost'],
      ['localhost', 'localhost'],
      ['127.0.0.1', '127.0.0.1'],
    ] as const) {
      const id = await visit(at(host));
      const found = await cookies('wayside.visitor.shop');
      assert.deepEqual(found.map(({ domain, value, path, sameSite, secure }) => [domain.replace(/^\.(?=localhost|127)/, ''), value, path, sameSite, secure]), [[domain, id, '/', 'Lax', false]], host);
      const days = (found[0]!.expires - Date.now() / 1000) / 86_400;
      assert.ok(days > 390 && days <= 400, `${days} days`);
      assert.equal(await page.evaluate(() => localStorage.getItem('wayside.visitor.shop')), id, 'both agree');
      await context.clearCookies();
    }
  });

  test('data-domain sets it', options, async () => {
    shop.serve('', { attributes: 'data-domain="www.shop.example"' });
    await visit(at('www.shop.example'));
    assert.deepEqual((await cookies('wayside.visitor.shop')).map(({ domain }) => domain), ['.www.shop.example']);
  });

  test('data-cookies="off": nothing but localStorage, and an old cookie does not count', options, async () => {
    shop.serve();
    const before = await visit(at('www.shop.example'));
    await page.evaluate(() => localStorage.setItem('wayside.visitor.shop', 'own'));
    shop.serve('', { attributes: 'data-cookies="off"' });
    assert.equal(await visit(at('www.shop.example')), 'own');
    await page.evaluate(() => window.wayside.reset());
    const own = await visitor();
    assert.deepEqual((await cookies('wayside.visitor.shop')).map(({ value }) => value), [before]);
    assert.equal(await visit(at('www.shop.example', '/next')), own);
    await context.clearCookies();
    const tab = await open();
    await visit(at('checkout.shop.example'), tab);
    assert.deepEqual(await context.cookies(), []);
  });

  test('a visitor of before keeps the id, on every host', options, async () => {
    shop.serve();
    await context.addInitScript(() => location.hostname.startsWith('www.') && localStorage.setItem('wayside.visitor.shop', '00112233445566778899aabbccddeeff'));
    assert.equal(await visit(at('www.shop.example')), '00112233445566778899aabbccddeeff');
    assert.equal(await visit(at('checkout.shop.example')), '00112233445566778899aabbccddeeff');
  });

  test('without consent there is none', options, async () => {
    for (const consent of ['unknown', 'denied']) {
      shop.serve('', { attributes: `data-consent="${consent}"` });
      await visit(at('www.shop.example'));
      await visit(at('www.shop.example', '/next'));
      assert.deepEqual(await context.cookies(), [], consent);
      assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [], consent);
    }
  });
});

test('two first tabs that are opened at once are one visitor', options, async () => {
  shop.serve();
  for (const attributes of ['', 'data-cookies="off"']) {
    shop.serve('', { attributes });
    for (let round = 0; round < 5; round++) {
      await context.clearCookies();
      const host = `t${round}${attributes.length}.shop.example`;
      const tabs = [await open(), await open(), await open()];
      const ids = await Promise.all(tabs.map((tab) => visit(at(host), tab)));
      await Promise.all(tabs.map((tab) => flush(tab)));
      const seen = new Set(shop.sink.touchpoints().filter((touchpoint) => String((touchpoint as { url?: string }).url).includes(host)).map(({ visitor }) => visitor));
      assert.equal(seen.size, 1, `${attributes} ${ids}`);
      for (const tab of tabs) await tab.close();
    }
  }
});

test('two first tabs are one visitor, although neither sees what the other stores at the same time', options, async () => {
  for (const attributes of ['', 'data-cookies="off"']) {
    const host = `tabs${attributes.length}.shop.example`;
    await context.clearCookies();
    shop.serve('', { attributes });
    let go = (): void => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    await context.route('**/wayside-glue.js*', (route) => held.then(() => route.continue()));
    const [first, second] = [await open(), await open()];
    await first.goto(at(host));
    await first.waitForFunction(() => window.wayside?.on);
    // Browsers share storage between processes some time after it is written.
    await second.addInitScript(() => {
      const { getItem } = Storage.prototype;
      const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')!;
      let sees = false;
      Storage.prototype.getItem = function (key) {
        return sees ? getItem.call(this, key) : null;
      };
      Storage.prototype.setItem = new Proxy(Storage.prototype.setItem, { apply: (set, self, item) => (Reflect.apply(set, self, item), (sees = true)) });
      Object.defineProperty(Document.prototype, 'cookie', {
        get() {
          return sees ? get!.call(this) : '';
        },
        set: set!,
      });
    });
    await second.goto(at(host));
    await second.waitForFunction(() => window.wayside?.on);
    go();
    const ids = [await visitor(first), await visitor(second)];
    await flush(first);
    await flush(second);
    assert.equal(new Set(ids).size, 1, String(ids));
    const seen = shop.sink.touchpoints().filter((touchpoint) => String((touchpoint as { url?: string }).url).includes(host));
    assert.deepEqual([seen.length, new Set(seen.map(({ visitor }) => visitor)).size], [2, 1]);
    await context.unroute('**/wayside-glue.js*');
    await first.close();
    await second.close();
  }
});
