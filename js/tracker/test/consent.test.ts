// Consent: a decision is remembered wherever it can be, and Google's Consent Mode is followed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, becomes, context, flush, onManyHosts, open, page, shop, visit, visitor } from './hosts.ts';
import { options } from './shop.ts';

onManyHosts();

const status = (tab = page): Promise<{ captured: number; consent: string; remembered: boolean }> =>
  tab.evaluate(async () => ({ ...(await window.wayside.status()) }));

/** What the browser has stored of the page. */
const stored = (): Promise<string[]> =>
  page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...document.cookie.split('; ').filter(Boolean)]);

describe('a denial is remembered', () => {
  /** Scripts that run before each page, and where the denial then is. */
  const troubles: [name: string, script: string, remembered: boolean][] = [
    ['where nothing is amiss', '', true],
    ['where storage takes nothing', 'Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }', true],
    ['where storage is blocked', 'for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError") } })', true],
    ['where storage is switched off', 'for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { value: null })', true],
    ['where cookies are refused', 'Object.defineProperty(Document.prototype, "cookie", { get: () => "", set() {} })', true],
    [
      'where only sessionStorage takes anything',
      `Object.defineProperty(Document.prototype, "cookie", { get: () => "", set() {} });
       const { setItem } = Storage.prototype;
       Storage.prototype.setItem = function (...item) { if (this === localStorage) throw new DOMException("full", "QuotaExceededError"); setItem.apply(this, item) }`,
      true,
    ],
    [
      'nowhere: the next page begins with data-consent, and both say so',
      `Object.defineProperty(Document.prototype, "cookie", { get: () => "", set() {} });
       Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }`,
      false,
    ],
  ];
  for (const [name, script, remembered] of troubles) {
    test(name, options, async () => {
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      shop.serve();
      // The visitor was stored before the trouble began.
      await visit(at('www.shop.example'));
      await flush();
      await context.addInitScript(script);
      await visit(at('www.shop.example'));
      await page.evaluate(() => window.wayside.consent('denied'));
      assert.deepEqual([(await status()).consent, (await status()).remembered], ['denied', remembered]);
      assert.equal(said.some((line) => line.includes('consent_not_stored')), !remembered, String(said));
      const before = shop.bodies.length;
      await visit(at('www.shop.example', '/next'));
      await page.evaluate(() => window.wayside('share'));
      assert.equal((await status()).consent, remembered ? 'denied' : 'granted');
      assert.equal((await status()).captured === 0, remembered);
      await flush();
      assert.equal(shop.bodies.length === before, remembered);
    });
  }

  test('also if the page is left before the Wasm runs', options, async () => {
    shop.serve();
    await context.addInitScript('Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }');
    await context.route('**/wayside-glue.js*', (route) => (page.url().endsWith('/next') ? route.continue() : undefined));
    await page.goto(at('www.shop.example'));
    await page.waitForFunction(() => window.wayside?.on);
    await page.evaluate(() => window.wayside.consent('denied'));
    await visit(at('www.shop.example', '/next'));
    assert.equal((await status()).captured, 0);
    assert.equal(shop.bodies.length, 0);
  });
});

describe("Google's Consent Mode", () => {
  const GTAG = 'window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }';
  const consent = (step: string, fields: object, tab = page): Promise<void> =>
    tab.evaluate(([step, fields]) => void (window as unknown as { gtag: Function })['gtag']('consent', step, fields), [step, fields] as const);
  const serve = (commands: string, attributes = ''): void => shop.serve('', { head: `<script>${GTAG}; ${commands}</script>`, attributes });
  const DENIED = `gtag('consent', 'default', { ad_storage: 'denied', analytics_storage: 'denied', wait_for_update: 500 })`;

  test('before the script: nothing is stored or sent while it is denied, and nothing is lost when it is granted', options, async () => {
    serve(DENIED);
    await visit(at('www.shop.example', '/?utm_source=news&utm_medium=email'));
    await page.evaluate(() => window.wayside('share'));
    assert.deepEqual(await stored(), []);
    // It is hidden and left, too.
    await visit(at('www.shop.example', '/next'));
    assert.deepEqual([await stored(), shop.bodies.length], [[], 0]);
    await visit(at('www.shop.example', '/?utm_source=news&utm_medium=email'));
    await page.evaluate(() => window.wayside('share'));
    await consent('update', { analytics_storage: 'granted' });
    await flush();
    assert.equal((await status()).consent, 'granted');
    assert.deepEqual(shop.sink.touchpoints().map(({ kind, channel }) => `${kind} ${channel}`), ['page_view Email', 'share Email']);
    assert.ok(!(await stored()).some((key) => key.includes('wayside.consent')), 'it is no decision');
  });

  for (const late of [false, true]) {
    test(`after the script, ${late ? 'when the Wasm runs' : 'while the Wasm loads'}`, options, async () => {
      serve('');
      let go = (): void => {};
      const held = new Promise<void>((resolve) => (go = resolve));
      await context.route('**/wayside.wasm*', (route) => held.then(() => route.continue()));
      await page.goto(at('www.shop.example'));
      await page.waitForFunction(() => window.wayside?.on);
      if (late) {
        go();
        await flush();
      }
      const sent = shop.bodies.length;
      await consent('default', { analytics_storage: 'denied' });
      go();
      assert.equal((await status()).consent, 'unknown');
      assert.deepEqual(await stored(), []);
      await page.evaluate(() => window.wayside('share'));
      await visit(at('www.shop.example', '/next'));
      assert.equal(shop.told('share').length, 0);
      assert.ok(late || sent === 0);
    });
  }

  test('a visitor who agreed before stays the same where each page says `denied` first', options, async () => {
    serve(DENIED);
    await visit(at('www.shop.example'));
    await consent('update', { analytics_storage: 'granted' });
    const first = await visitor();
    await page.evaluate(() => window.wayside('view_item', { items: [{ item_id: 'mug' }] }));
    await flush();
    await visit(at('www.shop.example', '/next'));
    assert.notEqual(await visitor(), first, 'nobody is known yet');
    await consent('update', { analytics_storage: 'granted' });
    assert.equal(await visitor(), first);
    assert.equal(await page.evaluate(() => window.wayside.stage()), 'consideration');
    await flush();
    assert.deepEqual([...new Set(shop.sink.touchpoints().map(({ visitor }) => visitor))], [first]);
    assert.equal(shop.told('page_view').length, 2);
  });

  test('what a page could not deliver before is sent once a later page has consent', options, async () => {
    serve(DENIED);
    await visit(at('www.shop.example'));
    await context.setOffline(true);
    await consent('update', { analytics_storage: 'granted' });
    await page.evaluate(() => window.wayside('share'));
    await status();
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    await context.setOffline(false);
    await visit(at('www.shop.example', '/next'));
    await consent('update', { analytics_storage: 'granted' });
    await becomes(() => shop.told('share').length === 1);
  });

  test('a refusal removes everything', options, async () => {
    serve(DENIED);
    await visit(at('www.shop.example'));
    await consent('update', { analytics_storage: 'granted' });
    await flush();
    assert.notDeepEqual(await stored(), []);
    await consent('update', { analytics_storage: 'denied' });
    assert.equal((await status()).consent, 'denied');
    assert.deepEqual(await stored(), []);
    await visit(at('www.shop.example', '/next'));
    await consent('update', { analytics_storage: 'denied' });
    assert.equal((await status()).consent, 'denied');
    await consent('update', { analytics_storage: 'granted' });
    await page.evaluate(() => window.wayside('share'));
    await flush();
    assert.equal(shop.told('share').length, 1);
  });

  test('other words change nothing', options, async () => {
    serve(`gtag('consent', 'default', { ad_storage: 'denied' }); gtag('consent', 'update', { ad_storage: 'granted' }); gtag('consent', 'default'); gtag('consent', 'update', null)`);
    await visit(at('www.shop.example'));
    assert.equal((await status()).consent, 'granted');
    await flush();
    assert.equal(shop.told('page_view').length, 1);
  });

  test('a default of granted that waits for an update', options, async () => {
    serve(`gtag('consent', 'default', { analytics_storage: 'granted', wait_for_update: 2000 })`);
    await visit(at('www.shop.example'));
    assert.equal((await status()).consent, 'unknown');
    await consent('update', { analytics_storage: 'denied' });
    assert.equal((await status()).consent, 'denied');
    assert.equal(shop.bodies.length, 0);
    serve(`gtag('consent', 'default', { analytics_storage: 'granted', wait_for_update: 1 })`);
    await visit(at('www.shop.example'));
    await becomes(async () => (await status()).consent === 'granted');
  });

  test('a region is not known: the command applies everywhere, and the console says so', options, async () => {
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    serve(`gtag('consent', 'default', { analytics_storage: 'denied', region: ['DE'] }); gtag('consent', 'default', { analytics_storage: 'granted' })`);
    await visit(at('www.shop.example'));
    assert.equal((await status()).consent, 'unknown');
    assert.ok(said.some((line) => line.includes('region')), String(said));
  });

  test('a decision by wayside.consent outranks it, on the next pages too', options, async () => {
    serve(DENIED);
    await visit(at('www.shop.example'));
    await page.evaluate(() => window.wayside.consent('granted'));
    await consent('update', { analytics_storage: 'denied' });
    assert.equal((await status()).consent, 'granted');
    await visit(at('www.shop.example', '/next'));
    assert.equal((await status()).consent, 'granted');
    await page.evaluate(() => window.wayside.consent('denied'));
    await consent('update', { analytics_storage: 'granted' });
    assert.equal((await status()).consent, 'denied');
    const tab = await open();
    await visit(at('checkout.shop.example'), tab);
    await consent('update', { analytics_storage: 'granted' }, tab);
    assert.equal((await status(tab)).consent, 'denied');
  });
});

describe('consent on a later page keeps the channel of the first one', () => {
  for (const [name, attributes, referrer, query, channel, kept] of [
    ['by a campaign', '', '', '?utm_source=news&utm_medium=email', 'Email', []],
    ['by a campaign, beside a referrer', '', 'https://blog.example/', '?utm_source=news&utm_medium=email', 'Email', []],
    ['without a campaign', '', '', '', 'Direct', []],
    ['by a referrer, where sessionStorage is allowed', 'data-landing="session"', 'https://www.google.com/', '', 'Organic Search', ['wayside.landing.shop']],
  ] as const) {
    test(name, options, async () => {
      shop.serve('<a id="go" href="/next">Next</a>', { attributes: `data-consent="unknown" ${attributes}`, paths: ['/', '/next', '/third'] });
      await page.goto(at('www.shop.example', `/${query}`), referrer ? { referer: referrer } : {});
      await visitor();
      assert.deepEqual(await stored(), kept);
      for (const path of ['/next', '/third']) {
        await page.evaluate((path) => document.getElementById('go')!.setAttribute('href', path), path);
        await page.click('#go');
        await page.waitForURL(`**${path}`);
        await visitor();
      }
      assert.equal(shop.bodies.length, 0);
      await page.evaluate(() => window.wayside.consent('granted'));
      await flush();
      const views = shop.sink.touchpoints().filter(({ kind }) => kind === 'page_view');
      assert.deepEqual(views.map(({ channel, session }) => `${channel} ${session}`), [`${channel} 0`]);
      assert.ok(!(await stored()).includes('wayside.landing.shop'));
      // The next page is of the same visit.
      await visit(at('www.shop.example', '/next'));
      await flush();
      assert.deepEqual([...new Set(shop.sink.touchpoints().map(({ session }) => session))], [0]);
    });
  }

  test('a visitor who agreed before does not arrive by it again', options, async () => {
    const head = `<script>window.dataLayer = []; function gtag() { dataLayer.push(arguments) }; gtag('consent', 'default', { analytics_storage: 'denied' })</script>`;
    shop.serve('<a id="go" href="/next">Next</a>', { head });
    const granted = (): Promise<void> => page.evaluate(() => void (window as unknown as { gtag: Function })['gtag']('consent', 'update', { analytics_storage: 'granted' }));
    await visit(at('www.shop.example', '/?utm_source=news&utm_medium=email'));
    await granted();
    await flush();
    await page.click('#go');
    await page.waitForURL('**/next');
    await visitor();
    await granted();
    await flush();
    assert.deepEqual(shop.told('page_view').map(({ source }) => source), ['news', undefined]);
  });
});
