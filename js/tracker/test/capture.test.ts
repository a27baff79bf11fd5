// What a page tells by itself, in headless Chromium: one small page for each thing that is captured.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'esbuild';
import { devices } from 'playwright-core';
import { browser, flush, framed, inChromium, means, options, page, painted, pass, shop, visit, visitByClock } from './shop.ts';
import { Tabs } from './tabs.ts';

inChromium();

/** Leaves for a page that is not tracked, so that the touchpoints recorded on leaving have arrived once it has loaded. */
async function leave(kind: string): Promise<void> {
  shop.paths['/away'] = '<!doctype html><link rel="icon" href="data:,">';
  const told = shop.told(kind).length;
  await page.goto(`${shop.origin}/away`);
  const arrived = await shop.sink.until(() => (shop.told(kind).length > told ? true : undefined), 120_000);
  assert.ok(arrived, `no ${kind} on leaving: ${shop.sink.touchpoints().map((one) => one.kind)}`);
}

/** Browsers as Chromium emulates them, and the device that a page must say. */
const DEVICES = [
  { device: 'desktop', emulated: undefined },
  { device: 'mobile', emulated: devices['Pixel 7'] },
  { device: 'mobile', emulated: devices['iPhone 15'] },
  { device: 'tablet', emulated: devices['Galaxy Tab S4'] },
  // It says that it is a Macintosh; its touch points tell.
  { device: 'tablet', emulated: { ...devices['iPad Pro 11']!, userAgent: devices['Desktop Safari']!.userAgent } },
];

test('a page tells on which kind of device it is shown, once a load', options, async () => {
  for (const { device, emulated } of DEVICES) {
    const context = await browser.newContext(emulated);
    try {
      const other = await context.newPage();
      shop.serve('');
      const before = shop.told('page_view').length;
      await other.goto(shop.origin);
      await other.waitForFunction(() => window.wayside?.on);
      await other.evaluate(() => history.pushState({}, '', '/two'));
      await other.evaluate(() => window.wayside.flush());
      const views = shop.told('page_view').slice(before);
      assert.deepEqual(
        views.map((view) => view['device']),
        [device, undefined],
        JSON.stringify(emulated?.userAgent ?? 'desktop'),
      );
    } finally {
      await context.close();
    }
  }
});

test('a page tells its browser, language, size of screen and time zone, unless the site does not want them', options, async () => {
  const context = await browser.newContext({
    locale: 'de-AT',
    timezoneId: 'Europe/Vienna',
    userAgent: devices['Desktop Firefox']!.userAgent,
    screen: { width: 1280, height: 800 },
  });
  try {
    const other = await context.newPage();
    const facts = async (attributes: string): Promise<unknown> => {
      shop.serve('', { attributes });
      const before = shop.told('page_view').length;
      await other.goto(shop.origin);
      await other.waitForFunction(() => window.wayside?.on);
      await other.evaluate(() => window.wayside.flush());
      const view = shop.told('page_view')[before]!;
      return ['browser', 'browser_version', 'language', 'screen', 'time_zone', 'device'].map((name) => view[name]);
    };
    const [, version] = /Firefox\/(\d+)/.exec(devices['Desktop Firefox']!.userAgent)!;
    assert.deepEqual(await facts(''), ['Firefox', version, 'de-AT', 'large', 'Europe/Vienna', 'desktop']);
    const without = await facts('data-off="browser language screen time_zone"');
    assert.deepEqual(without, [undefined, undefined, undefined, undefined, undefined, 'desktop']);
  } finally {
    await context.close();
  }
});

test('each view of a single-page app has its own title, also if the title changes late', options, async () => {
  shop.serve('');
  await visit();
  const go = (path: string, title: string, late: number): Promise<void> =>
    page.evaluate(
      async ([path, title, late]) => {
        history.pushState({}, '', path);
        if (late) await new Promise((resolve) => setTimeout(resolve, late));
        document.title = title;
      },
      [path, title, late] as const,
    );
  await go('/cart', 'Cart | Shop', 0);
  await page.waitForTimeout(1_200);
  await go('/item', 'Item | Shop', 60);
  await page.waitForTimeout(1_200);
  await go('/slow', 'Slow | Shop', 700);
  // The next view comes before the last one has waited long enough.
  await go('/next', 'Next | Shop', 30);
  await page.waitForTimeout(1_200);
  await flush();
  await page.evaluate(() => {
    document.title = 'First';
    history.pushState({}, '', '/first');
  });
  await flush();
  assert.deepEqual(
    shop.told('page_view').map(({ url, title }) => [new URL(url as string).pathname, title]),
    [
      ['/', 'Mugs'],
      ['/cart', 'Cart | Shop'],
      ['/item', 'Item | Shop'],
      ['/slow', 'Slow | Shop'],
      ['/next', 'Next | Shop'],
      ['/first', 'First'],
    ],
  );
});

test('a campaign that a script of the page removes from the address before the tracker runs is kept', options, async () => {
  const early = "<script>history.replaceState({}, '', location.pathname)</script>";
  shop.serve('', { head: early });
  await visit('/?utm_source=news&utm_medium=email');
  await flush();
  const [view, ...more] = shop.told('page_view');
  assert.deepEqual([view!['source'], view!['medium'], more], ['news', 'email', []]);
});

const entries = (): unknown[] => shop.told('page_view').map(({ entry }) => entry);

test('a page view records its entry type', options, async () => {
  shop.serve('<a href="/next">Next</a>');
  // A page that hears `unload` is not kept by the back/forward cache.
  shop.serve('<a href="/">Back</a><script>addEventListener("unload", () => {})</script>', { paths: ['/next'] });
  await visit();
  await flush();
  await page.click('a');
  await page.waitForURL('**/next');
  await page.reload();
  await page.click('a');
  await page.waitForURL(`${shop.origin}/`);
  await page.goBack();
  await page.waitForFunction(() => window.wayside?.on);
  await flush();
  await page.goBack({ waitUntil: 'commit' });
  await shop.sink.until(() => (entries().length > 5 ? true : undefined), 120_000);
  await shop.sink.until(() => (entries().includes('bfcache') ? true : undefined), 120_000);
  assert.deepEqual(entries(), ['link', 'link', 'reload', 'link', 'back_forward', 'bfcache']);
  assert.deepEqual(shop.told('tab_switch'), [], 'who comes back by the back button was in no other tab');
});

test('engaged time ends ten seconds after the last input, and is counted separately for each page', options, async () => {
  shop.serve('<p style="height: 4000px">');
  await visitByClock();
  const start = await page.evaluate(() => Date.now());
  await page.mouse.move(50, 50);
  await pass(4_000);
  await page.mouse.move(90, 90);
  await pass(30_000);
  await page.evaluate(() => history.pushState({}, '', '/two'));
  await pass(3_000);
  await flush();
  await leave('user_engagement');
  const [one, two] = shop.told('user_engagement');
  assert.equal(one?.['url'], `${shop.origin}/`);
  // The view begins the first ten seconds; a machine so slow that they end before the mouse moves adds no more.
  assert.equal(one?.['engaged_ms'], 14_000 + Math.min(start - shop.sink.touchpoints()[0]!.time, 10_000));
  assert.deepEqual([two?.['url'], two?.['engaged_ms']], [`${shop.origin}/two`, 3_000]);
});

test('scroll depth is the maximum depth that was visible', options, async () => {
  shop.serve('<style>* { margin: 0 }</style><p style="height: 7200px">');
  await page.setViewportSize({ width: 800, height: 720 });
  await visitByClock();
  await page.evaluate(() => scrollTo(0, 3600 - 720));
  await framed();
  await pass(2_000);
  await framed();
  await page.evaluate(() => scrollTo(0, 0));
  await framed();
  await pass(2_000);
  await framed();
  await leave('user_engagement');
  assert.equal(shop.told('user_engagement')[0]?.['scroll_permille'], 500);
});

const LINKS: [html: string, told: Record<string, unknown>][] = [
  ['<a id="t" href="https://elsewhere.example/x?token=secret">o</a>', { element: 'a#t', url: 'https://elsewhere.example/x', method: 'outbound' }],
  ['<a id="t" href="tel:+49301234567">o</a>', { element: 'a#t', method: 'phone' }],
  ['<a id="t" href="sms:+49301234567">o</a>', { element: 'a#t', method: 'phone' }],
  ['<a id="t" href="mailto:me@shop.example">o</a>', { element: 'a#t', method: 'mail' }],
  ['<a id="t" href="https://maps.google.com/?q=shop">o</a>', { element: 'a#t', method: 'map' }],
  ['<a id="t" href="/files/guide.pdf">o</a>', { element: 'a#t', method: 'download' }],
  ['<a id="t" href="/file" download>o</a>', { element: 'a#t', method: 'download' }],
  ['<a href="#here" aria-label="Sizes"><b id="t">secret text</b></a>', { element: 'a Sizes' }],
  ['<div class="faq-list"><details><summary id="t">Why?</summary>So.</details></div>', { element: 'summary#t', method: 'question' }],
  ['<details><summary id="t">Filter</summary>By size.</details>', { element: 'summary#t' }],
  ['<button id="t" aria-label="Pay now">secret text</button>', { element: 'button#t Pay now' }],
  ['<p id="t">not made to be used</p>', {}],
];

test('clicks are recorded with element names and outgoing links, and without texts', options, async () => {
  shop.serve(LINKS.map(([html], at) => `<div>${html.replace('id="t"', `id="t" data-at="${at}"`)}</div>`).join(''));
  await visit();
  // After Wayside has heard it: the page stays.
  await page.evaluate(() => addEventListener('click', (event) => (event.target as Element).closest('a') && event.preventDefault()));
  for (let at = 0; at < LINKS.length; at++) await page.click(`[data-at="${at}"]`);
  await flush();
  const told = shop.told('click').map(({ url, ...rest }) => (rest['method'] === 'outbound' ? { url, ...rest } : rest));
  assert.deepEqual(told, LINKS.map(([, told]) => told).filter((told) => 'element' in told));
  const sent = Buffer.concat(shop.bodies).toString('latin1');
  for (const secret of ['secret', '301234567', 'me@shop']) assert.ok(!sent.includes(secret), secret);
});

test('a site search is recorded once from the address, or by the site itself', options, async () => {
  shop.serve();
  await visit('/?q=blue+mugs');
  await page.evaluate(() => {
    history.replaceState({}, '', '/?q=blue+mugs&sort=price');
    history.pushState({}, '', '/?q=blue+mugs&page=2');
    history.pushState({}, '', '/?search=cups');
    window.wayside('search', { search_term: 'own', results: 0 });
  });
  await flush();
  // A search that the site records within a second replaces the one from its address.
  assert.deepEqual(shop.told('search'), [{ search_term: 'blue mugs' }, { search_term: 'own', results: 0 }]);
});

/** Typed texts, which must not leave the page. */
const TYPED = ['WXYZ WXYZ WXYZ WXYZ', 'Hedwig', 'hedwig@home.example', 'SPRING-50'];
/** Parts of these texts that do not occur in random ids or ports. */
const PIECES = ['WXYZ', 'edwig'];

const FORM = `
  <form id="pay" action="/next" onsubmit="event.preventDefault()">
    <input name="owner"><input name="card"><input name="mail" type="email" required><input name="zip">
    <button>Pay</button>
  </form>`;

test('forms are recorded field by field, never with the typed text', options, async () => {
  shop.serve(FORM);
  await visitByClock();
  await page.click('[name=owner]');
  await pass(700);
  await page.keyboard.type(TYPED[1]!);
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('ig');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('g');
  await pass(1_300);
  await page.click('[name=card]');
  await pass(100);
  await page.keyboard.type(TYPED[0]!);
  await page.click('[name=owner]');
  await page.keyboard.type('x');
  await pass(1_000);
  await page.click('button');
  await page.fill('[name=mail]', 'no address');
  // What the browser and the page say of a field within a second is one refusal.
  await pass(1_000);
  await page.click('button');
  await pass(2_000);
  await page.fill('[name=mail]', TYPED[2]!);
  await page.click('[name=zip]');
  await page.evaluate(() => document.querySelector('[name=zip]')!.setAttribute('aria-invalid', 'true'));
  await page.click('button');
  await flush();
  assert.deepEqual(shop.told('form_start'), [{ form: 'pay' }]);
  assert.deepEqual(shop.told('form_field_time'), [
    { form: 'pay', form_field: 'owner', acting_ms: 2_000, corrections: 2, refills: 0, first_input_ms: 700 },
    { form: 'pay', form_field: 'card', acting_ms: 100, corrections: 0, refills: 0, first_input_ms: 100 },
    { form: 'pay', form_field: 'owner', acting_ms: 1_000, corrections: 0, refills: 1, first_input_ms: 0 },
    { form: 'pay', form_field: 'mail', acting_ms: 1_000, corrections: 0, refills: 0, first_input_ms: 0 },
    { form: 'pay', form_field: 'mail', acting_ms: 2_000, corrections: 0, refills: 1, first_input_ms: 2_000 },
  ]);
  assert.deepEqual(shop.told('form_error'), [
    { form: 'pay', form_field: 'mail', error: 'valueMissing' },
    { form: 'pay', form_field: 'mail', error: 'typeMismatch' },
    { form: 'pay', form_field: 'zip', error: 'aria-invalid' },
  ]);
  assert.deepEqual(shop.told('form_submit'), [{ form: 'pay' }]);
  await leave('web_vitals');
  assert.deepEqual(shop.told('form_abandon'), []);
  const sent = Buffer.concat(shop.bodies).toString('latin1');
  for (const secret of [...TYPED, 'no address', ...PIECES]) assert.ok(!sent.includes(secret), secret);
});

test('an abandoned form is recorded with its last field', options, async () => {
  shop.serve(FORM);
  await visitByClock();
  await page.click('[name=card]');
  await page.keyboard.type(TYPED[0]!);
  await pass(4_000);
  await leave('form_abandon');
  assert.deepEqual(shop.told('form_abandon'), [{ form: 'pay', form_field: 'card', acting_ms: 4_000 }]);
  assert.deepEqual(shop.sink.signals().map(({ name }) => name), ['field_abandoned']);
  const sent = Buffer.concat(shop.bodies).toString('latin1');
  for (const piece of PIECES) assert.ok(!sent.includes(piece), piece);
});

test('a coupon counts as accepted unless it is refused in time', options, async () => {
  shop.serve('<form id="cart"><input name="coupon_code"><button type="button">Apply</button></form>');
  await visitByClock();
  await page.fill('input', TYPED[3]!);
  await page.click('button');
  await pass(1_000);
  await page.evaluate(() => document.querySelector('input')!.setAttribute('aria-invalid', 'true'));
  await pass(10_000);
  await page.evaluate(() => document.querySelector('input')!.removeAttribute('aria-invalid'));
  await page.fill('input', `${TYPED[3]!}-2`);
  await page.click('button');
  await pass(10_000);
  await flush();
  assert.deepEqual(shop.told('coupon_try'), [{ error: 'aria-invalid' }, {}]);
  assert.ok(!Buffer.concat(shop.bodies).toString('latin1').includes('SPRING'));
});

test('script errors, rejections and failed requests are recorded with their type', options, async () => {
  means(/mine|rejected|^$/);
  shop.serve('<img src="/lost.png">');
  await visit();
  await page.evaluate(async () => {
    setTimeout(() => {
      throw new TypeError('mine: secret');
    });
    void Promise.reject(new RangeError('rejected: secret'));
    void Promise.reject('rejected: secret');
    await fetch('/api/stock?token=secret');
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  await page.waitForFunction(() => performance.getEntriesByName(`${location.origin}/api/stock?token=secret`).length);
  await painted();
  const end = Date.now() + 30_000;
  do await flush();
  while (shop.told('page_error').length < 5 && Date.now() < end);
  const told = shop.told('page_error').map(({ error, url }) => [error, String(url ?? '').replace(shop.origin, '')].join(' ').trim());
  assert.deepEqual(told.sort(), ['RangeError', 'TypeError', 'http_404 /api/stock', 'http_404 /lost.png', 'rejection'].sort());
  assert.ok(!Buffer.concat(shop.bodies).toString('latin1').includes('secret'));
});

test('copying a product name or price is recorded, other copying is not', options, async () => {
  shop.serve('<h1 id="h" itemprop="name">Blue mug</h1><p id="price" class="ProductPrice">9.50</p><p id="other">Something else</p>');
  await visit();
  for (const id of ['h', 'price', 'other']) {
    await page.click(`#${id}`, { clickCount: 3 });
    await page.keyboard.press('ControlOrMeta+C');
  }
  await flush();
  assert.deepEqual(shop.told('copy'), [{ element: 'h1#h' }, { element: 'p#price' }]);
});

test('a return from another tab is recorded with the time away', options, async () => {
  shop.serve();
  const tabs = new Tabs();
  try {
    const tab = await tabs.open(`${shop.origin}/`);
    await shop.sink.waitFor('page_view', {}, { timeout: 120_000 });
    const left = Date.now();
    await tabs.open('about:blank');
    await shop.sink.waitFor('web_vitals', {}, { timeout: 120_000 });
    await tabs.show(tab);
    await tabs.run(tab, 'new Promise((seen) => (document.hidden ? addEventListener("visibilitychange", seen, true) : seen()))');
    await tabs.run(tab, 'wayside.flush()');
    const [{ duration_ms } = {}] = shop.told('tab_switch');
    assert.ok((duration_ms as number) > 0 && (duration_ms as number) <= Date.now() - left, String(duration_ms));
    assert.equal(shop.told('tab_switch').length, 1);
  } finally {
    await tabs.close();
  }
});

test('showing a page that was opened in the background is not a return', options, async () => {
  shop.serve(`<script>
    Object.defineProperty(document, 'hidden', { configurable: true, value: true });
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' });
  </script>`);
  await visit();
  await page.evaluate(() => {
    // The load ended after the Wasm ran.
    dispatchEvent(new PageTransitionEvent('pageshow'));
    delete (document as { hidden?: boolean }).hidden;
    delete (document as { visibilityState?: string }).visibilityState;
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await flush();
  assert.deepEqual([shop.told('tab_switch'), shop.told('web_vitals')], [[], []]);
  assert.equal(shop.told('page_view').length, 1);
});

/** Opens a page that has another rendered ahead at `/next`, and gives it to `then` once it has been; both have `attributes` in their tags. */
async function renderAhead(attributes: string, then: (tabs: Tabs, tab: string) => Promise<void>): Promise<void> {
  const head = '<script type="speculationrules">{"prerender":[{"urls":["/next"],"eagerness":"immediate"}]}</script>';
  shop.serve('<a href="/next">Next</a>', { attributes, head, paths: ['/'] });
  shop.serve(
    `<script>
      const looking = setInterval(() => {
        if (!performance.getEntriesByType('resource').some(({ name }) => name.includes('/wayside-glue.js'))) return;
        clearInterval(looking);
        // By then a page that is seen has sent its first batch.
        setTimeout(() => fetch('/rendered'), 500);
      }, 20);
    </script>`,
    { attributes, paths: ['/next'] },
  );
  const rendered = new Promise<void>((resolve) => {
    shop.paths['/rendered'] = (_, response) => resolve(void response.end());
  });
  const tabs = new Tabs();
  try {
    const tab = await tabs.open(`${shop.origin}/`);
    await rendered;
    await then(tabs, tab);
  } finally {
    await tabs.close();
  }
}

test('a prerendered page records nothing before it is shown, and then its entry type', options, () =>
  renderAhead('', async (tabs, tab) => {
    await shop.sink.waitFor('page_view', {}, { timeout: 120_000 });
    assert.equal(shop.told('page_view').length, 1, 'nobody has seen the next page');
    const shown = Date.now();
    await tabs.run(tab, 'document.querySelector("a").click()');
    const view = await shop.sink.waitFor('page_view', { url: `${shop.origin}/next` }, { timeout: 120_000 });
    assert.equal(view.entry, 'prerender');
    assert.ok(view.time >= shown - 1, `${shown - view.time} ms before it was shown`);
  }));

test('a prerendered page follows a decision made before it is shown', options, () =>
  renderAhead('data-consent="unknown"', async (tabs, tab) => {
    await tabs.run(tab, 'wayside.consent("granted")');
    const first = await shop.sink.waitFor('page_view', { url: `${shop.origin}/` }, { timeout: 120_000 });
    await tabs.run(tab, 'document.querySelector("a").click()');
    const next = await shop.sink.waitFor('page_view', { url: `${shop.origin}/next` }, { timeout: 120_000 });
    assert.deepEqual([next.entry, next.visitor], ['prerender', first.visitor]);
  }));

/** Every kind of touchpoint that a page records automatically, except the page view. */
const KINDS = 'click coupon_try copy form_ page_error search tab_switch user_engagement web_vitals signal';

test('checkout steps follow rules for addresses', options, async () => {
  shop.serve('<p>', { attributes: 'data-steps="begin=/checkout payment=/checkout/*/pay"', paths: ['/checkout'] });
  await page.goto(`${shop.origin}/checkout`);
  await page.waitForFunction(() => window.wayside?.on);
  await flush();
  await page.evaluate(() => history.replaceState({}, '', '/checkout?edit=1'));
  await page.evaluate(() => history.pushState({}, '', '/checkout/c1/pay'));
  await flush();
  await page.evaluate(() => window.wayside('purchase', { transaction_id: '1' }));
  await flush();
  assert.deepEqual(shop.told('checkout_step').map(({ step }) => step), ['begin', 'payment']);
  assert.deepEqual(shop.told('checkout_step_time').map(({ step }) => step), ['begin', 'payment']);
});

for (const attributes of ['', `data-off="${KINDS}"`]) {
  test(attributes ? 'kinds that a site switches off are not recorded' : 'kinds that a site does not switch off are recorded', options, async () => {
    means(/mine/);
    shop.serve('<h1 itemprop="name">Blue mug</h1><form id="cart"><input name="coupon"><input name="mail" required><button>Go on</button></form>', { attributes });
    await visitByClock('/?q=mugs');
    await page.click('h1', { clickCount: 3 });
    await page.keyboard.press('ControlOrMeta+C');
    await page.click('[name=coupon]');
    await page.keyboard.type('A');
    await page.click('button');
    await page.evaluate(() => void Promise.reject(new Error('mine')));
    await pass(6_000);
    await page.evaluate(() => {
      // The tests of tabs have real ones.
      let hidden = true;
      Object.defineProperty(document, 'hidden', { get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      hidden = false;
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await page.evaluate(() => document.querySelector('form')!.addEventListener('submit', (event) => event.preventDefault()));
    await page.fill('[name=mail]', 'x');
    await page.click('button');
    await page.fill('[name=mail]', 'y');
    await page.evaluate(() => history.pushState({}, '', '/two'));
    await flush();
    const told = new Set(shop.sink.touchpoints().map(({ kind }) => kind));
    const all = ['click', 'copy', 'coupon_try', 'form_start', 'form_field_time', 'form_error', 'form_submit', 'form_abandon', 'page_error', 'search', 'tab_switch', 'user_engagement', 'web_vitals'];
    if (attributes) assert.deepEqual([...told], ['page_view']);
    else assert.deepEqual(all.filter((kind) => !told.has(kind)), []);
  });
}

test('web vitals are those of the web-vitals library on the same page', options, async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
        window.measured = {};
        for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(({ name, value }) => (measured[name] = value), { reportAllChanges: true });`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
  });
  shop.paths['/hero.svg'] = (_, response) => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="300"><rect width="600" height="300" fill="teal"/><circle cx="90" cy="90" r="60"/></svg>';
    response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(svg);
  };
  shop.serve(
    `<style>img { width: 600px; height: 300px; display: block }</style>
    <p>A mug</p><div id="slot"></div><img src="/hero.svg"><p>Text that is pushed down</p>
    <button onclick="const end = performance.now() + 150; while (performance.now() < end);">Slow</button>`,
    { head: `<script>${outputFiles[0]!.text}</script>` },
  );
  await visit();
  const measured = (name: string): Promise<number> => page.evaluate((name) => (window as unknown as { measured: Record<string, number> }).measured[name] ?? 0, name);
  const until = (name: string, least: number): Promise<unknown> =>
    page.waitForFunction(([name, least]) => (window as unknown as { measured: Record<string, number> }).measured[name]! > least, [name, least] as const);
  await until('LCP', 0);
  // A shift of its own: not within half a second of an input.
  await page.evaluate(() => (document.querySelector<HTMLElement>('#slot')!.style.height = '120px'));
  await until('CLS', 0);
  await page.click('button');
  await until('INP', 100);
  // The click is the longest of what its press was; the frame after it, everybody has heard of it.
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => list.getEntriesByName('click').length && requestAnimationFrame(resolve)).observe({ type: 'event', buffered: true });
      }),
  );
  await page.evaluate(() => {
    for (const [name, value] of Object.entries({ hidden: true, visibilityState: 'hidden' })) Object.defineProperty(document, name, { value });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await flush();
  const [told] = shop.told('web_vitals');
  const { url, ...numbers } = told ?? {};
  assert.equal(url, `${shop.origin}/`);
  assert.deepEqual(numbers, {
    lcp_ms: Math.round(await measured('LCP')),
    fcp_ms: Math.round(await measured('FCP')),
    inp_ms: Math.round(await measured('INP')),
    ttfb_ms: Math.round(await measured('TTFB')),
    cls_permille: Math.round((await measured('CLS')) * 1000),
  });
});

test('forms and clicks in shadow trees are recorded', options, async () => {
  shop.serve(`
    <a href="/cart" id="cart" onclick="event.preventDefault()"><x-icon></x-icon></a><p data-wayside-ignore><x-icon id="quiet"></x-icon></p><x-pay></x-pay>
    <script>
      const define = (name, html) => customElements.define(name, class extends HTMLElement {
        constructor() { super().attachShadow({ mode: 'open' }).innerHTML = html; }
      });
      define('x-icon', '<svg width="20" height="20"><rect width="20" height="20"/></svg>');
      define('x-pay', '<form id="pay" onsubmit="event.preventDefault()"><input name="card" required><button id="go">Pay</button></form>');
    </script>`);
  await visit();
  await page.click('#go');
  await page.click('[name=card]');
  await page.keyboard.type(TYPED[0]!);
  await page.click('#go');
  await page.click('#cart rect');
  await page.click('#quiet rect');
  await flush();
  assert.deepEqual(shop.told('click').map(({ element }) => element), ['button#go', 'input card', 'button#go', 'a#cart']);
  assert.deepEqual(shop.told('form_error'), [{ form: 'pay', form_field: 'card', error: 'valueMissing' }]);
  assert.deepEqual(shop.told('form_start'), [{ form: 'pay' }]);
  assert.deepEqual(shop.told('form_submit'), [{ form: 'pay' }]);
  const sent = Buffer.concat(shop.bodies).toString('latin1');
  for (const piece of PIECES) assert.ok(!sent.includes(piece), piece);
});

test('frames of the same origin are part of the page, even if they are added later or change their address', options, async () => {
  let load = (): void => {};
  const held = new Promise<void>((resolve) => (load = resolve));
  shop.paths['/held.png'] = (_, response) => held.then(() => response.writeHead(204).end());
  shop.paths['/frame'] = '<!doctype html><img src="/held.png"><form id="f" onsubmit="event.preventDefault()"><input name="zip"><button>Look up</button></form><a href="/frame?2">On</a>';
  shop.paths['/slow'] = (_, response) => held.then(() => response.writeHead(200, { 'content-type': 'text/html' }).end(shop.paths['/frame']));
  shop.serve('<iframe id="first" src="/frame"></iframe><iframe id="slow" src="/slow"></iframe>');
  await page.goto(shop.origin, { waitUntil: 'commit' });
  await page.waitForFunction(() => typeof window.wayside?.on === 'function' && document.querySelector('iframe')?.contentDocument?.forms.length);
  await page.evaluate(() => window.wayside.status());
  // Wayside runs before the frame has loaded.
  load();
  await page.waitForLoadState();
  await page.evaluate(() => {
    const frame = Object.assign(document.createElement('iframe'), { id: 'later' });
    document.body.append(frame);
    // It was a page of its own until here, an empty one.
    frame.src = '/frame';
    return new Promise((loaded) => (frame.onload = loaded));
  });
  const use = async (id: string): Promise<void> => {
    const frame = page.frameLocator(`#${id}`);
    await frame.locator('input').click();
    await page.keyboard.type('12345');
    await frame.locator('button').click();
  };
  await use('slow');
  await use('first');
  await use('later');
  await page.frameLocator('#first').locator('a').click();
  await page.waitForFunction(() => document.querySelector<HTMLIFrameElement>('#first')!.contentWindow!.location.search === '?2' && document.querySelector<HTMLIFrameElement>('#first')!.contentDocument!.readyState === 'complete');
  await use('first');
  await flush();
  const names = shop.told('click').map(({ element }) => element);
  assert.deepEqual(names, ['input zip', 'button', 'input zip', 'button', 'input zip', 'button', 'a', 'input zip', 'button']);
  assert.equal(shop.told('form_submit').length, 4);
  assert.equal(shop.told('form_field_time').length, 4);
});

test('a form that is submitted by a script is recorded once and is not abandoned', options, async () => {
  shop.serve(`
    <iframe name="answer"></iframe>
    <form id="plain" target="answer"><input name="a"><a href="#" onclick="parentNode.submit()">Send</a></form>
    <form id="asks" target="answer" onsubmit="event.preventDefault(); setTimeout(() => this.submit(), 50)"><input name="b"><button>Send</button></form>
    <form id="empty" target="answer"><button type="button" onclick="form.submit()">Send</button></form>`);
  await visit();
  await page.fill('[name=a]', 'x');
  await page.click('#plain a');
  await page.fill('[name=b]', 'y');
  await page.click('#asks button');
  await page.waitForFunction(() => frames[0]!.location.search === '?b=y');
  await page.click('#empty button');
  await leave('web_vitals');
  assert.deepEqual(shop.told('form_submit'), [{ form: 'plain' }, { form: 'asks' }]);
  assert.deepEqual(shop.told('form_abandon'), []);
});

test('a form that is added by a script is recorded like any other', options, async () => {
  shop.serve('<main></main>');
  await visit();
  await page.evaluate(() => (document.querySelector('main')!.innerHTML = '<form id="late" onsubmit="event.preventDefault()"><input name="mail" required><input><button>Go on</button></form>'));
  await page.click('button');
  await page.fill('[name=mail]', 'x');
  await page.fill('input:not([name])', 'y');
  await page.click('button');
  await flush();
  assert.deepEqual(shop.told('form_error'), [{ form: 'late', form_field: 'mail', error: 'valueMissing' }]);
  assert.deepEqual(shop.told('form_field_time').map(({ form_field }) => form_field), ['mail', 'input'], 'a field without a name has its tag for one');
  assert.deepEqual(shop.told('form_submit'), [{ form: 'late' }]);
});

test('events that scripts dispatch with another class than browsers do are survived', options, async () => {
  shop.serve(`<form id="f" onsubmit="return false"><input name="localName"><input id="t" type="checkbox"><button type="button">Go</button></form>
    <p itemprop="price">9</p><div id="host"></div><iframe src="/frame"></iframe>`);
  shop.paths['/frame'] = '<!doctype html><input>';
  await visit();
  await page.evaluate(() => window.wayside('begin_checkout'));
  // A checkbox's own event `input` has no `inputType`.
  await page.click('#t');
  await page.evaluate(() => {
    const types =
      'click pointerdown pointermove pointerover touchmove wheel keydown mouseout scroll load blur focus popstate hashchange selectionchange input ' +
      'focusin focusout submit invalid copy storage unhandledrejection error pageshow visibilitychange resize DOMContentLoaded';
    const frame = document.querySelector('iframe')!;
    const targets = [window, document, document.body, ...document.querySelectorAll('*'), frame.contentWindow!, frame.contentDocument!.querySelector('input')!];
    for (const target of targets) for (const type of types.split(' ')) target.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail: {} }));
    const reasons = [undefined, null, 1, 'text', Symbol(), Object.create(null), { stack: 1, name: 2 }, new Proxy({}, { get: () => { throw 0; } })];
    for (const reason of reasons) window.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason }));
    window.wayside('my_own', { text: 'after' });
  });
  await flush();
  assert.deepEqual(shop.told('my_own').map(({ props }) => props), [{ text: 'after' }]);
  assert.equal(new Set(shop.sink.touchpoints().map(({ writer }) => writer)).size, 1, 'one instance has captured everything');
});

test('a page whose `fetch` throws or answers nonsense loses nothing', options, async () => {
  shop.serve('', { head: '<script>const own = fetch; window.fetch = (...args) => (window.say ? window.say(...args) : own(...args))</script>' });
  await visitByClock();
  const says = ['throw 1', 'return undefined', 'return Promise.reject()', 'return Promise.resolve()', 'return Promise.resolve({ status: 200 })'];
  for (const [at, say] of says.entries()) {
    await page.evaluate(([at, say]) => {
      Object.assign(window, { say: new Function(say as string) });
      window.wayside('my_own', { at });
    }, [at, say]);
    await pass(1_000);
  }
  await page.evaluate(() => Object.assign(window, { say: undefined }));
  await pass(120_000);
  await shop.sink.until(() => (shop.told('my_own').length === says.length ? true : undefined), 60_000);
  assert.deepEqual(shop.told('my_own').map(({ props }) => props), says.map((_, at) => ({ at })));
});

test('an address that changes and changes back in one turn is two views', options, async () => {
  shop.serve('', { attributes: 'data-off="web_vitals user_engagement"' });
  await visit();
  await page.evaluate(() => {
    history.pushState({}, '', '/a');
    history.pushState({}, '', '/');
  });
  await flush();
  assert.deepEqual(shop.told('page_view').map(({ url }) => new URL(url as string).pathname), ['/', '/a', '/']);
});
