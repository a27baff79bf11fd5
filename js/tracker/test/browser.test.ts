// The tracker in headless Chromium, against a collector that acks what arrives.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { Collector, type Batch } from './collector.ts';
import type { Signal, Status, Wayside } from '../src/types.ts';

declare global {
  interface Window {
    wayside: Wayside;
    dataLayer: unknown[];
    heard: unknown[];
    trap?: boolean;
    /** The call of the Wasm's exports after which it hangs, once: the nth that returns, or the outermost for 0. */
    stuckAt?: number | undefined;
  }
}

/** None takes longer, on a busy machine either. */
const options = { timeout: 180_000 };

const CHROMIUM = [process.env['WAYSIDE_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));

let browser: Browser;
let context: BrowserContext;
let page: Page;
let collector: Collector;
let origin: string;
let mistakes: string[];

before(async () => {
  assert.ok(CHROMIUM, 'these tests need Chromium: apt-get install chromium, or set WAYSIDE_CHROMIUM to its path');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'], ignoreDefaultArgs: ['--disable-back-forward-cache'] });
});
after(() => browser.close());

beforeEach(async () => {
  collector = new Collector();
  origin = await collector.open();
  context = await browser.newContext();
  mistakes = [];
  page = await open();
});
afterEach(async () => {
  await context.close();
  collector.close();
  assert.deepEqual(mistakes, [], 'the page saw an error');
});

/** A tab whose uncaught errors fail the test. */
async function open(): Promise<Page> {
  const tab = await context.newPage();
  tab.on('pageerror', (error) => mistakes.push(String(error.stack)));
  return tab;
}

/** Keeps a file from the page until what this gives is called. */
async function hold(file: string): Promise<() => void> {
  let go = (): void => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route(file, async (route) => {
    await held;
    await route.continue();
  });
  return go;
}

/** Nothing that a page captures by itself, so that what is counted is what a test has done. */
const OFF = 'data-off="click form user_engagement web_vitals tab_switch dead_click"';

/** However slowly clicks are made, they are a burst. */
const SLOW_CLICKS = `data-thresholds='{"rage_click.gap_ms":60000}' data-off="dead_click"`;

/** Serves a page with the script tag. */
function serve(body = '', attributes = '', head = ''): void {
  const tag = `<script async src="/wayside.js" data-site="shop" ${attributes}></script>`;
  const html = `<!doctype html><title>Mugs</title><link rel="icon" href="data:,">${head}${tag}${body}`;
  for (const path of ['/', '/next']) collector.pages[path] = html;
}

/** Opens a page and waits until the bootstrap has run in it: what follows may come before the Wasm or behind it. */
async function arrive(path = '/'): Promise<void> {
  await page.goto(origin + path);
  await page.waitForFunction(() => window.wayside);
}

/** Opens a page and waits until the Wasm answers in it, or what goes on without. */
async function visit(path = '/'): Promise<void> {
  await arrive(path);
  await status();
}

const flush = (): Promise<void> => page.evaluate(() => window.wayside.flush());
const status = (): Promise<Status> => page.evaluate(() => window.wayside.status());
const stored = (): Promise<string[]> => page.evaluate(() => Object.keys(localStorage).sort());

/** Ids of all events that arrived, copies among them. */
const ids = (batches: Batch[]): string[] =>
  batches.flatMap(({ writer, first, count }) => Array.from({ length: count }, (_, at) => `${writer} ${first + at}`));

test('a script tag is enough to send page views with campaigns and without secrets', options, async () => {
  serve();
  await visit('/?utm_source=news&token=secret#private');
  const [batch] = await collector.until((batches) => batches.length > 0);
  assert.equal(batch?.site, 'shop');
  assert.equal(batch?.first, 0);
  assert.equal(batch?.automated, true);
  assert.match(batch?.visitor ?? '', /^[0-9a-f]{32}$/);
  assert.ok(batch?.texts.includes(`${origin}/?utm_source=news`), String(batch?.texts));
  assert.ok(batch?.texts.includes('Mugs'));
  assert.ok(!collector.texts().some((text) => text.includes('secret') || text.includes('private')));
});

test('each change of address is one page view', options, async () => {
  serve('', OFF);
  await visit();
  await page.evaluate(() => {
    history.replaceState({}, '', location.href);
    history.pushState({}, '', '/a');
    history.pushState({}, '', '/a');
    history.replaceState({}, '', '/a?sort=price');
    location.hash = '#top';
    location.hash = '#/route';
  });
  await page.waitForFunction(() => location.hash === '#/route');
  await page.goBack();
  await flush();
  const heard = collector.texts().filter((text) => text.startsWith(origin));
  assert.equal((await status()).captured, 4, String(heard));
});

test('removing the campaign from the address is not a second page view', options, async () => {
  serve(`<script>addEventListener('DOMContentLoaded', () => history.replaceState({}, '', location.pathname))</script>`, OFF);
  await visit('/?utm_source=news');
  await flush();
  assert.equal((await status()).captured, 1);
});

test('address changes by a router while the Wasm loads are not page views', options, async () => {
  serve('', OFF);
  await page.route('**/wayside.wasm*', () => {});
  await arrive();
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/wayside-glue.js')));
  await page.evaluate(() => {
    for (let n = 0; n < 3; n++) history.replaceState({ n }, '');
    dispatchEvent(new PageTransitionEvent('pagehide'));
  });
  const [batch] = await collector.until((batches) => batches.length > 0);
  assert.equal(batch?.events?.length, 1);
});

test('elements named `attributes` cause no error', options, async () => {
  serve(`
    <div id="attributes"><button id="a" data-wayside-view_promotion='{"value":1}'>A</button></div>
    <form data-wayside-select_promotion onsubmit="return false"><input name="attributes"><button id="b" type="button" data-wayside-view_cart>B</button></form>`, OFF);
  await visit();
  await page.click('#a');
  await page.click('#b');
  await flush();
  // The page, A, and both of B.
  assert.equal((await status()).captured, 4);
});

test('a listener removed and added again before the Wasm runs is called once', options, async () => {
  serve('', OFF);
  const go = await hold('**/wayside-glue.js*');
  await arrive();
  await page.evaluate(() => {
    window.heard = [];
    const hear = (touchpoint: unknown): unknown => window.heard.push(touchpoint);
    window.wayside.on('touchpoint', hear)();
    window.wayside.on('touchpoint', hear);
    window.wayside('view_item');
  });
  go();
  await flush();
  assert.equal(await page.evaluate(() => window.heard.length), 2, 'the page and the call, once each');
});

test('a listener in a module that loads late gets the page view', options, async () => {
  serve('<script type="module" src="/late.js"></script>', OFF);
  let come = (): void => {};
  const held = new Promise<void>((resolve) => (come = resolve));
  const body = `window.heard = []; window.wayside.on('touchpoint', ({ kind }) => window.heard.push(kind));`;
  await page.route('**/late.js', (route) => held.then(() => route.fulfill({ contentType: 'text/javascript', body })));
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const go = await hold('**/wayside.js');
  await page.goto(origin, { waitUntil: 'commit' });
  // All but the page's module has been read when the script comes.
  await page.waitForFunction(() => document.readyState === 'interactive');
  go();
  await page.waitForFunction(() => window.wayside);
  // What the script has put off until the page is idle comes before this.
  await page.evaluate(() => new Promise((idle) => requestIdleCallback(idle, { timeout: 500 })));
  assert.ok(!asked.some((url) => url.includes('wayside.wasm')), 'it waits for the module');
  come();
  await page.waitForFunction(() => window.heard?.length);
  assert.deepEqual(await page.evaluate(() => window.heard), ['page_view']);
});

test('a return from the back/forward cache is a page view', options, async () => {
  serve();
  await visit();
  await flush();
  await page.goto(`${origin}/next`);
  // A page out of the cache does not load again.
  await page.goBack({ waitUntil: 'commit' });
  await collector.until(() => collector.texts().includes('bfcache'));
  assert.ok(collector.texts().includes('bfcache'), String(collector.texts()));
});

test('calls, attributes and data layer pushes arrive once, whenever they were made', options, async () => {
  serve(
    `<button data-wayside-add_to_cart='{"item_id":"attribute","value":1}'>Buy</button>`,
    'data-off="dead_click"',
    `<script>
      window.wayside ??= function () { (wayside.q ??= []).push(arguments) };
      wayside('view_item', { items: [{ item_id: 'early call' }] });
      window.dataLayer = [{ event: 'view_cart', ecommerce: { items: [{ item_id: 'early push' }] } }, { event: 'gtm.js' }];
    </script>`,
  );
  await arrive();
  await page.click('button');
  await page.evaluate(() => {
    window.wayside('my_own', { text: 'late call' });
    window.dataLayer.push({ event: 'select_item', ecommerce: { items: [{ item_id: 'late push' }] } });
    (function gtag(..._: unknown[]) {
      // eslint-disable-next-line prefer-rest-params
      window.dataLayer.push(arguments);
    })('event', 'purchase', { transaction_id: 'gtag', value: '9.50', currency: 'EUR' });
    window.dataLayer.push({ event: 'scroll', ecommerce: { items: [{ item_id: 'not ours' }] } });
  });
  await flush();
  const texts = collector.texts();
  for (const text of ['early call', 'early push', 'attribute', 'late call', 'late push', 'gtag']) {
    assert.equal(texts.filter((found) => found === text).length, 1, `${text} in ${texts}`);
  }
  assert.ok(!texts.includes('not ours'));
  // With the page view and the click.
  assert.equal((await status()).captured, 8);
});

test('a `dataLayer` that is not a list causes no error', options, async () => {
  serve('', '', '<script>window.dataLayer = { page: "cart" }</script>');
  const errors: string[] = [];
  const hear = (error: Error): unknown => errors.push(error.message);
  page.on('pageerror', hear);
  await visit();
  await flush();
  page.off('pageerror', hear);
  assert.deepEqual(errors, []);
  assert.equal((await status()).captured, 1);
});

test('rage clicks are a signal at once, except on ignored elements', options, async () => {
  serve('<button id="pay" aria-label="Pay now">x</button><p data-wayside-ignore><button id="game">x</button></p><input id="n" type="number">', SLOW_CLICKS);
  await visit();
  await page.evaluate(() => {
    window.heard = [];
    window.wayside.on('signal', (signal) => window.heard.push(signal));
    document.addEventListener('wayside:signal', (event) => window.heard.push((event as CustomEvent<Signal>).detail.name));
  });
  for (const id of ['#game', '#n', '#pay']) for (let n = 0; n < 5; n++) await page.click(id);
  await page.waitForFunction(() => window.heard.length >= 2);
  const [signal, name] = (await page.evaluate(() => window.heard)) as [Signal, string];
  assert.equal(name, 'rage_click');
  assert.equal(signal.family, 'friction');
  assert.equal(signal.evidence['element'], 'button#pay Pay now');
  await flush();
  assert.equal(collector.texts().filter((text) => text === 'rage_click').length, 1);
});

test('a script tag can set thresholds without steps', options, async () => {
  serve('<button id="pay">x</button>', `data-thresholds='{"rage_click.clicks":2,"rage_click.gap_ms":60000}'`);
  await visit();
  await page.evaluate(() => {
    window.heard = [];
    window.wayside.on('signal', ({ name, evidence }) => window.heard.push([name, evidence['count']]));
  });
  for (let n = 0; n < 2; n++) await page.click('#pay');
  await page.waitForFunction(() => window.heard.length);
  assert.deepEqual((await page.evaluate(() => window.heard))[0], ['rage_click', 2]);
});

test('elements are named by their attributes, and never by their text', options, async () => {
  const rows: [html: string, name: string][] = [
    ['<div id="t">secret</div>', 'div#t'],
    ['<button id="t" aria-label="Pay now" name="pay">secret</button>', 'button#t Pay now'],
    ['<button name="pay" aria-label=""><b id="t">secret</b></button>', 'button pay'],
    ['<a href="#x" role="menuitem"><i id="t">secret</i></a>', 'menuitem'],
    ['<p data-wayside-name="Hero" role="img"><i id="t">secret</i></p>', 'Hero'],
    ['<svg role=""><rect id="t" width="9" height="9"/></svg>', 'svg'],
  ];
  // Far apart, so that no burst of clicks goes on in the next row.
  serve(rows.map(([html], at) => `<div style="margin: 0 0 80px ${at * 80}px">${html.replace('id="t"', `id="t" data-at="${at}"`)}</div>`).join(''), SLOW_CLICKS);
  await visit();
  await page.evaluate(() => {
    window.heard = [];
    window.wayside.on('signal', ({ name, evidence }) => name === 'rage_click' && window.heard.push(evidence['element']));
  });
  for (let at = 0; at < rows.length; at++) for (let n = 0; n < 4; n++) await page.click(`[data-at="${at}"]`, { position: { x: 4, y: 4 } });
  await page.evaluate(() => window.wayside.status());
  assert.deepEqual(await page.evaluate(() => window.heard), rows.map(([, name]) => name));
});

test('a checkout step distinguishes waiting from acting', options, async () => {
  serve('<form><button>Go on</button></form>');
  await page.route('**/slow', async (route) => {
    await page.waitForTimeout(300);
    await route.fulfill({ body: 'ok' });
  });
  await visit();
  const ended = page.evaluate(
    () =>
      new Promise<Record<string, number>>((resolve) => {
        window.wayside.on('touchpoint', (touchpoint) => touchpoint.kind === 'checkout_step_time' && resolve(touchpoint as never));
        window.wayside('begin_checkout');
        document.forms[0]!.addEventListener('submit', async (event) => {
          event.preventDefault();
          await (await fetch('/slow')).text();
          // A busy browser reports a request later than it answers it.
          while (!performance.getEntriesByName(`${location.origin}/slow`).length) await new Promise((resolve) => setTimeout(resolve, 10));
          window.wayside('add_shipping_info');
        });
      }),
  );
  await page.click('button');
  const { waiting_ms, acting_ms, step } = await ended;
  assert.equal(step, 'begin');
  assert.ok(waiting_ms! >= 290, `waited ${waiting_ms} ms, acted ${acting_ms} ms`);
});

test('touchpoints left in the outbox arrive after outages and changes of page', options, async () => {
  serve('', OFF);
  await visit();
  await flush();
  collector.refusals.push(0, 503, 0);
  await page.evaluate(() => {
    for (let n = 0; n < 20; n++) window.wayside('noted', { n: `n${n}` });
  });
  await page.goto(`${origin}/next`);
  await page.waitForFunction(() => window.wayside);
  const noted = (): Set<string> => new Set(collector.texts().filter((text) => /^n\d+$/.test(text)));
  await collector.until(() => noted().size === 20);
  await flush();
  const outboxes = (): Promise<boolean> => page.evaluate(() => Object.keys(localStorage).every((key) => !key.includes('outbox')));
  await page.waitForFunction(() => Object.keys(localStorage).every((key) => !key.includes('outbox')), undefined, { timeout: 60_000 });
  assert.ok(await outboxes());
  assert.equal(new Set(ids(collector.batches)).size, 22, 'two views and twenty calls, each under one id');
});

test('work that is interrupted while the page is left is repeated', options, async () => {
  // As Firefox does when the last tab of a site is closed, only that the place is known.
  await breakable();
  serve('', OFF);
  await visit();
  await flush();
  const devtools = await context.newCDPSession(page);
  // What arrives has come by beacon.
  await page.evaluate(() => (window.fetch = () => new Promise(() => {})));
  // In the middle of the calls, and behind everything.
  for (const at of [1, 10, 40, 0]) {
    collector.batches.length = 0;
    const stuck = page.waitForEvent('console');
    const left = page.evaluate((at) => {
      window.stuckAt = at;
      for (let n = 0; n < 20; n++) window.wayside('noted', { n: `n${n}` });
      dispatchEvent(new PageTransitionEvent('pagehide'));
    }, at);
    const ended = assert.rejects(left);
    await stuck;
    await devtools.send('Runtime.terminateExecution');
    await ended;
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    await collector.until((batches) => ids(batches).length >= 20);
    assert.equal(new Set(ids(collector.batches)).size, 20, 'each under one id');
    assert.equal(new Set(collector.texts().filter((text) => /^n\d+$/.test(text))).size, 20);
  }
});

test('a visitor who leaves before the Wasm runs is counted, and only once after returning', options, async () => {
  serve(`<p data-wayside-view_promotion><button data-wayside-name="mug" data-wayside-select_item='{"value":4}'>Mug</button></p>`, OFF);
  const go = await hold('**/wayside-glue.js*');
  await arrive();
  await page.evaluate(() => {
    window.wayside('view_item', { value: 3 });
    window.wayside('odd', 'no object' as never);
  });
  await page.click('button');
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
  const [batch] = await collector.until((batches) => batches.length > 0);
  assert.equal(batch?.json, true);
  // The next page is the same visitor's, whether the Wasm ever ran in this one or not.
  assert.equal(await page.evaluate(() => localStorage.getItem('wayside.visitor.shop')), batch?.visitor);
  assert.deepEqual(
    batch?.events?.map(({ kind }) => kind),
    ['page_view', 'view_item', 'odd', 'select_item', 'view_promotion'],
  );
  assert.deepEqual(Object.keys(batch?.events?.[2] ?? {}).sort(), ['kind', 'time']);
  go();
  await flush();
  assert.equal(new Set(ids(collector.batches)).size, 5);
});

test('errors of a page that is left before the Wasm runs are counted, the first ones at once, and each call once', options, async () => {
  serve('', OFF);
  const go = await hold('**/wayside-glue.js*');
  await arrive();
  await page.evaluate(() => {
    for (let n = 0; n < 5; n++) dispatchEvent(new ErrorEvent('error', { error: new TypeError('secret'), filename: `${location.origin}/shop.js` }));
    dispatchEvent(new ErrorEvent('error', { error: 'no error' }));
    window.wayside('view_item', { value: 3 });
    dispatchEvent(new PageTransitionEvent('pagehide'));
  });
  const [batch] = await collector.until((batches) => batches.length > 0);
  const errors = batch?.events?.filter(({ kind }) => kind === 'page_error');
  assert.deepEqual(
    batch?.events?.map(({ kind }) => kind),
    ['page_view', 'page_error', 'page_error', 'page_error', 'view_item'],
  );
  assert.deepEqual(errors?.map(({ error, url }) => [error, url]), Array(3).fill(['TypeError', `${new URL(page.url()).origin}/shop.js`]));
  go();
  await flush();
  assert.equal(new Set(ids(collector.batches)).size, 5);
  // The others are counted when the page is left.
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
  await collector.until((batches) => new Set(ids(batches)).size > 5);
  assert.equal(new Set(ids(collector.batches)).size, 6);
});

test('without Wasm the bootstrap sends by itself', options, async () => {
  collector.headers['Content-Security-Policy'] = "script-src 'self' 'unsafe-inline'";
  serve();
  await visit('/?utm_source=news&token=secret');
  await page.evaluate(() => window.wayside('add_to_cart', { value: 3 }));
  await flush();
  await page.evaluate(() => history.pushState({}, '', '/a'));
  await flush();
  const events = collector.batches.flatMap((batch) => batch.events ?? []);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['page_view', 'add_to_cart', 'page_view'],
  );
  assert.ok(!JSON.stringify(events).includes('secret'));
  assert.equal(new Set(ids(collector.batches)).size, 3);
  assert.match(await page.evaluate(() => window.wayside.visitor()), /^[0-9a-f]{32}$/);
});

test('without Wasm, errors, copies and Web Vitals are captured, each once', options, async () => {
  collector.headers['Content-Security-Policy'] = "script-src 'self' 'unsafe-inline'";
  serve('<h1 itemprop="name" id="mug">Mug</h1><p id="text">Text</p>');
  await visit();
  await page.evaluate(async () => {
    for (const id of ['mug', 'text']) {
      // As a mouse selects: from within the text.
      const text = document.getElementById(id)!.firstChild!;
      getSelection()!.setBaseAndExtent(text, 0, text, 3);
      document.dispatchEvent(new ClipboardEvent('copy', { bubbles: true }));
    }
    const reason = new TypeError('secret');
    dispatchEvent(new PromiseRejectionEvent('unhandledrejection', { promise: Promise.resolve(), reason }));
    await (await fetch('/nowhere')).text();
  });
  const events = (): Record<string, unknown>[] => collector.batches.flatMap((batch) => batch.events ?? []) as never;
  await collector.until(() => events().some(({ error }) => error === 'http_404'));
  for (let n = 0; n < 2; n++) await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
  await collector.until(() => events().some(({ kind }) => kind === 'web_vitals'));
  const found = new Map(collector.batches.flatMap((batch) => (batch.events ?? []).map((event, at) => [`${batch.writer} ${batch.first + at}`, event as Record<string, unknown>])));
  const told = [...found.values()].map(({ kind, error, element }) => [kind, error ?? element]);
  assert.deepEqual(told, [
    ['page_view', undefined],
    ['copy', 'h1#mug'],
    ['page_error', 'TypeError'],
    ['page_error', 'http_404'],
    ['web_vitals', undefined],
  ]);
  assert.ok([...found.values()].some(({ ttfb_ms }) => Number.isInteger(ttfb_ms)));
});

const pending = async (): Promise<number> => (await status()).pending;

test('without Wasm, a refused batch does not count as delivered, and is sent again if possible', options, async () => {
  collector.headers['Content-Security-Policy'] = "script-src 'self' 'unsafe-inline'";
  serve();
  await page.clock.install();
  await visit();
  await flush();
  const before = await status();
  // By a proxy whose collector is away, and by a collector that understands nothing.
  for (const [kind, status] of [['again', 404], ['never', 400]] as const) {
    collector.refusals.push(status);
    await page.evaluate((kind) => window.wayside(kind), kind);
    // In small steps: the page's own limit of a request is of this clock, too, and an answer takes real time.
    do await page.clock.runFor(500);
    while ((await pending()) > 0);
  }
  const { acked, refused } = await status();
  const kinds = collector.batches.flatMap((batch) => batch.events ?? []).map(({ kind }) => kind);
  assert.deepEqual([kinds, refused, acked - before.acked], [['page_view', 'again'], 1, 1]);
});

/** Makes the Wasm trap at every call while `trap` is set, and hang after the call `stuckAt`, once; it says so in the console. */
const breakable = (): Promise<unknown> =>
  context.addInitScript(() => {
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = async (...args: unknown[]): Promise<never> => {
      const { instance } = (await Reflect.apply(instantiate, WebAssembly, args)) as unknown as WebAssembly.WebAssemblyInstantiatedSource;
      let depth = 0;
      let returned = 0;
      const calls = Object.entries(instance.exports).map(([name, call]) => {
        if (typeof call !== 'function') return [name, call];
        const breakable = (...args: unknown[]): unknown => {
          if (window.trap) throw new WebAssembly.RuntimeError('unreachable');
          depth++;
          let answer: unknown;
          try {
            answer = call(...args);
          } finally {
            depth--;
          }
          if (window.stuckAt === undefined) return answer;
          returned++;
          if (window.stuckAt ? returned === window.stuckAt : !depth) {
            window.stuckAt = undefined;
            // What is cut off does not count down.
            depth = returned = 0;
            console.debug('stuck');
            for (;;);
          }
          return answer;
        };
        return [name, breakable];
      });
      return { instance: { exports: Object.fromEntries(calls) } } as never;
    };
  });

test('after the first trap a new instance continues, after the second the bootstrap without Wasm', options, async () => {
  await breakable();
  serve();
  await visit();
  await flush();
  const trap = (): Promise<void> =>
    page.evaluate(() => {
      window.trap = true;
      document.body.click();
      window.trap = false;
    });
  await trap();
  await page.evaluate(() => window.wayside('view_item'));
  await flush();
  await trap();
  await page.evaluate(() => window.wayside('add_to_cart'));
  await flush();
  assert.equal(new Set(collector.batches.map((batch) => batch.writer)).size, 3, 'each instance is a writer of its own');
  assert.deepEqual(collector.batches.at(-1)?.events?.map(({ kind }) => kind), ['add_to_cart']);
});

test('promises of an instance that traps are resolved by the next one', options, async () => {
  await breakable();
  serve();
  await visit();
  await flush();
  for (const attempt of [1, 2]) {
    const answers = await page.evaluate(async (text) => {
      window.heard = [];
      window.wayside.on('touchpoint', (touchpoint) => window.heard.push((touchpoint['props'] as Record<string, string>)['text']));
      window.wayside('noted', { text });
      const waiting: Promise<unknown>[] = [window.wayside.flush(), window.wayside.stage()];
      // The end of the turn: `flush` waits in the Wasm now.
      await waiting[1];
      waiting.push(window.wayside.status(), window.wayside.visitor());
      window.trap = true;
      document.body.click();
      window.trap = false;
      await Promise.all(waiting);
      window.wayside('noted', { text: 'again' });
      await window.wayside.flush();
      return window.heard;
    }, `n${attempt}`);
    assert.deepEqual(answers, attempt === 1 ? ['n1', 'again'] : ['n2', 'n2'], 'alone, nobody hears');
  }
});

test('nothing is stored or sent before consent; afterwards everything captured arrives', options, async () => {
  serve('', 'data-consent="unknown"');
  await visit();
  await page.evaluate(() => window.wayside('view_item', { item: 'before' }));
  assert.equal((await status()).pending, 2);
  assert.deepEqual(await stored(), []);
  assert.deepEqual(collector.batches, []);
  await page.evaluate(() => window.wayside.consent('granted'));
  await flush();
  assert.ok(collector.texts().includes('before'));
  assert.deepEqual(await stored(), ['wayside.consent.shop', 'wayside.journey.shop', 'wayside.visitor.shop']);
});

test('withdrawal deletes everything in every tab, and applies to the next page', options, async () => {
  serve();
  await visit();
  await flush();
  const other = await open();
  await other.goto(`${origin}/next`);
  await other.waitForFunction(() => window.wayside);
  await other.evaluate(() => window.wayside.flush());
  await page.evaluate(() => window.wayside.consent('denied'));
  await page.evaluate(() => window.wayside('add_to_cart', { item: 'after' }));
  await other.waitForFunction(() => Object.keys(localStorage).join() === 'wayside.consent.shop');
  const capturesNothing = (): Promise<boolean> =>
    other.evaluate(async () => {
      const { captured } = await window.wayside.status();
      // Until the decision is heard of, this may be sent.
      window.wayside('add_to_cart', { item: 'probe' });
      return (await window.wayside.status()).captured === captured;
    });
  // The decision comes by an event of the other tab's storage. `waitForFunction` does not wait for promises.
  while (!(await capturesNothing()));
  await visit('/next');
  assert.equal((await status()).captured, 0);
  assert.deepEqual(await stored(), ['wayside.consent.shop']);
  assert.ok(!collector.texts().includes('after'));
});

test('consent after a withdrawal creates a new visitor, in every tab', options, async () => {
  serve('', OFF);
  await visit();
  await flush();
  const other = await open();
  await other.goto(`${origin}/next`);
  await other.evaluate(() => window.wayside.flush());
  const before = await page.evaluate(() => window.wayside.visitor());
  await page.evaluate(() => window.wayside.consent('denied'));
  assert.notEqual(await page.evaluate(() => window.wayside.visitor()), before);
  // The decision comes by an event of the other tab's storage.
  while ((await other.evaluate(() => window.wayside.visitor())) === before);
  await other.evaluate(() => {
    window.wayside.consent('granted');
    window.wayside('view_item');
    return window.wayside.flush();
  });
  assert.notEqual(collector.batches.at(-1)?.visitor, before);
  assert.equal(await page.evaluate(() => localStorage.getItem('wayside.visitor.shop')), collector.batches.at(-1)?.visitor);
});

test('a page restored from the cache follows the latest decision', options, async () => {
  serve();
  await visit();
  await flush();
  await page.goto(`${origin}/next`);
  await flush();
  await page.evaluate(() => window.wayside.consent('denied'));
  await page.waitForFunction(() => Object.keys(localStorage).join() === 'wayside.consent.shop');
  await page.goBack({ waitUntil: 'commit' });
  await page.evaluate(() => window.wayside('add_to_cart', { item: 'after' }));
  const { captured, pending } = await status();
  assert.deepEqual([captured > 0, pending], [true, 0], 'it is the page of before');
  assert.deepEqual(await stored(), ['wayside.consent.shop']);
  assert.deepEqual(collector.texts().filter((text) => text === 'bfcache' || text === 'after'), []);
});

test('consent in one of two tabs makes one visitor, and a reset in one applies to both', options, async () => {
  serve('', 'data-consent="unknown"');
  await visit();
  const other = await open();
  await other.goto(`${origin}/next`);
  await other.waitForFunction(() => window.wayside);
  const visitors = (): Promise<string[]> => Promise.all([page, other].map((tab) => tab.evaluate(() => window.wayside.visitor())));
  const together = async (): Promise<string> => {
    for (;;) {
      const [here, there] = await visitors();
      if (here === there) return here!;
    }
  };
  assert.equal(new Set(await visitors()).size, 2);
  await page.evaluate(() => window.wayside.consent('granted'));
  const one = await together();
  await other.evaluate(() => window.wayside.flush());
  await flush();
  assert.deepEqual([...new Set(collector.batches.map(({ visitor }) => visitor))], [one]);
  await other.evaluate(() => window.wayside.reset());
  while ((await together()) === one);
});

test('the last of two decisions made before the Wasm runs applies', options, async () => {
  serve('', OFF);
  const go = await hold('**/wayside.wasm*');
  await arrive();
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/wayside-glue.js')));
  await page.evaluate(() => {
    window.wayside.consent('denied');
    window.wayside.consent('granted');
    window.wayside('view_item', { item: 'after' });
    // The page has loaded.
    dispatchEvent(new PageTransitionEvent('pageshow'));
  });
  go();
  await flush();
  assert.equal((await status()).acked, 1);
  assert.equal(await page.evaluate(() => localStorage.getItem('wayside.consent.shop')), 'granted');
});

test('after more touchpoints than the queue holds, questions are answered and decisions apply', options, async () => {
  serve('', OFF);
  const go = await hold('**/wayside-glue.js*');
  await arrive();
  const answered = page.evaluate(async () => {
    for (let n = 0; n < 20_100; n++) window.wayside('view_item');
    const delivered = window.wayside.flush();
    const visitor = window.wayside.visitor();
    await delivered;
    return visitor;
  });
  go();
  assert.match(await answered, /^[0-9a-f]{32}$/);
  assert.equal(new Set(ids(collector.batches)).size, 20_000);

  const goOn = await hold('**/wayside-glue.js*');
  await page.reload();
  const pending = page.evaluate(async () => {
    for (let n = 0; n < 20_100; n++) window.wayside('view_item');
    window.wayside.consent('denied');
    return (await window.wayside.status()).pending;
  });
  goOn();
  assert.equal(await pending, 0);
  assert.equal(new Set(ids(collector.batches)).size, 20_000);
});

test('a decision and a reset apply although the page is left before the Wasm runs', options, async () => {
  serve('', OFF);
  await visit();
  await flush();
  const visitor = await page.evaluate(() => window.wayside.visitor());
  await page.route('**/wayside-glue.js*', () => {});
  await arrive('/next');
  await page.evaluate(() => void window.wayside.reset());
  const kept = await page.evaluate(() => localStorage.getItem('wayside.visitor.shop'));
  assert.notEqual(kept, visitor);
  await page.evaluate(() => void window.wayside.consent('denied'));
  await page.unroute('**/wayside-glue.js*');
  await visit();
  assert.equal((await status()).captured, 0);
  assert.deepEqual(await stored(), ['wayside.consent.shop']);
});

test('a browser that asks for privacy is not tracked until its visitor agrees', options, async () => {
  await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
  serve();
  await visit();
  assert.equal((await status()).captured, 0);
  assert.deepEqual(await stored(), []);
  await page.evaluate(() => window.wayside.consent('granted'));
  await page.evaluate(() => window.wayside('view_item'));
  await flush();
  assert.equal((await status()).acked, 1);
});

test('reset creates a new visitor; earlier touchpoints keep theirs', options, async () => {
  serve();
  await visit();
  const before = await page.evaluate(() => window.wayside.visitor());
  await page.evaluate(() => {
    window.wayside('view_item', { item: 'old' });
    window.wayside.reset();
    window.wayside('view_item', { item: 'new' });
  });
  await flush();
  const after = await page.evaluate(() => window.wayside.visitor());
  assert.notEqual(after, before);
  const of = (text: string): string[] => [...new Set(collector.batches.filter((batch) => batch.texts.includes(text)).map((batch) => batch.visitor))];
  assert.deepEqual([of('old'), of('new')], [[before], [after]]);
});

test('a thousand calls write storage once and are cheap, and no call throws', options, async () => {
  serve();
  await visit();
  await flush();
  const result = await page.evaluate(async () => {
    let writes = 0;
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (key: string, text: string) {
      if (key.includes('outbox')) writes++;
      setItem.call(this, key, text);
    };
    const loop: Record<string, unknown> = {};
    loop['loop'] = loop;
    for (const bad of [loop, { n: 1n }, null, 'text', [], { toJSON: () => { throw new Error('mine'); } }]) window.wayside('odd', bad as never);
    window.wayside('' as never);
    window.wayside(undefined as never);
    const round = async (): Promise<number> => {
      const start = performance.now();
      for (let n = 0; n < 1000; n++) window.wayside('add_to_cart', { items: [{ item_id: 'mug', price: 19.9 }], value: 19.9, currency: 'EUR' });
      const calls = performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve));
      return calls;
    };
    const first = await round();
    const result = { writes, mean_us: first };
    // A busy machine only ever makes it dearer: the cheapest round is what calls cost.
    for (let more = 0; more < 9; more++) {
      await window.wayside.flush();
      result.mean_us = Math.min(result.mean_us, await round());
    }
    return result;
  });
  assert.equal(result.writes, 1);
  assert.ok(result.mean_us < 50, `a call took ${result.mean_us} µs on average`);
});

test('shutdown removes all listeners, and later calls still resolve', options, async () => {
  await context.addInitScript(() => {
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    const listeners = new Set<string>();
    const name = (type: string, then: unknown, target: unknown): string => `${type} ${target === document ? 'document' : 'window'} ${String(then).length}`;
    window.heard = [];
    EventTarget.prototype.addEventListener = function (type: string, then: never, options?: AddEventListenerOptions | boolean) {
      // Playwright listens, too. What hears the end itself is over with it.
      if (new Error().stack?.includes('/wayside') && !(this instanceof AbortSignal)) {
        listeners.add(name(type, then, this));
        const signal = typeof options === 'object' ? options.signal : undefined;
        if (signal) addEventListener.call(signal, 'abort', () => listeners.delete(name(type, then, this)));
        if (typeof options === 'object' && options.once) listeners.delete(name(type, then, this));
      }
      return addEventListener.call(this, type, then, options);
    };
    EventTarget.prototype.removeEventListener = function (type: string, then: never, options?: boolean) {
      listeners.delete(name(type, then, this));
      return removeEventListener.call(this, type, then, options);
    };
    (window as unknown as { listeners: Set<string> }).listeners = listeners;
  });
  serve();
  await visit();
  await flush();
  const left = await page.evaluate(async () => {
    const { listeners } = window as unknown as { listeners: Set<string> };
    const before = listeners.size;
    window.wayside.shutdown();
    await window.wayside.flush();
    window.wayside('view_item');
    return { before, after: [...listeners] };
  });
  assert.ok(left.before >= 7, `only ${left.before} listeners were seen`);
  assert.deepEqual(left.after, []);
});

/** Serves a page without the script tag, whose module is `code`. */
function serveModule(code: string): void {
  collector.pages['/'] = `<!doctype html><title>Mugs</title><link rel="icon" href="data:,"><script type="module">${code}</script>`;
}

/** A call is recorded by the Wasm, and arrives with the page's view. */
async function recordsACall(): Promise<void> {
  await page.evaluate(() => window.wayside('add_to_cart', { value: 19.9, currency: 'EUR', items: [{ item_id: 'mug' }] }));
  await flush();
  const { captured, acked } = await status();
  assert.deepEqual([captured, acked], [2, 2], 'the view of the page and the call');
  assert.equal(new Set(ids(collector.batches)).size, 2);
  assert.ok(collector.texts().includes(`${origin}/`) && collector.texts().includes('mug'), String(collector.texts()));
  assert.deepEqual(
    collector.batches.map(({ site, json }) => [site, json]),
    collector.batches.map(() => ['shop', false]),
    'JSON is what a page without Wasm sends',
  );
}

test('the npm module starts Wayside with the Wasm next to it', options, async () => {
  serveModule(`import { init } from '/esm.js'; window.wayside = init({ site: 'shop' });`);
  const asked = page.waitForResponse('**/wayside.wasm');
  await visit();
  await recordsACall();
  assert.equal((await asked).status(), 200);
});

test('the npm module sends to a collector of another origin', options, async () => {
  const elsewhere = origin.replace('127.0.0.1', 'localhost');
  serveModule(`import { init } from '/esm.js'; window.wayside = init({ site: 'shop', endpoint: '${elsewhere}' });`);
  const sent = page.waitForRequest(`${elsewhere}/v1/batch?key=`);
  await visit();
  await recordsACall();
  await sent;
});

const WASM = 'fetch("/vendor/tracker.bin").then((response) => response.arrayBuffer())';
for (const [form, wasm] of [
  ['as bytes', `new Uint8Array(await ${WASM})`],
  ['as a promise of bytes', WASM],
  ['as an address', `'/vendor/tracker.bin'`],
  ['as a URL', `new URL('/vendor/tracker.bin', location.href)`],
  ['compiled', `await WebAssembly.compile(await ${WASM})`],
] as const) {
  test(`the slim module takes the Wasm ${form}`, options, async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    // Under another name and type, as a bundler or a CDN may have it.
    await page.route('**/vendor/tracker.bin', (route) =>
      route.fulfill({ path: `${import.meta.dirname}/../dist/wayside.wasm`, contentType: 'application/octet-stream' }),
    );
    serveModule(`import { init } from '/slim.js'; window.wayside = init({ site: 'shop' }, ${wasm});`);
    await visit();
    await recordsACall();
    assert.equal(asked.filter((path) => path === '/vendor/tracker.bin').length, 1);
    assert.ok(!asked.includes('/wayside.wasm'), String(asked));
  });
}

test('a slim module without its Wasm sends by itself', options, async () => {
  serveModule(`import { init } from '/slim.js'; window.wayside = init({ site: 'shop' }, '/nowhere.wasm');`);
  await visit();
  await page.evaluate(() => window.wayside('add_to_cart', { value: 3 }));
  await flush();
  const kinds = collector.batches.flatMap((batch) => batch.events ?? []).map(({ kind }) => kind);
  // That the file is missing is an error of the page as any other.
  assert.deepEqual(kinds.filter((kind) => kind !== 'page_error'), ['page_view', 'add_to_cart']);
});
