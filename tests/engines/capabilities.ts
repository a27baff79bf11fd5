// What every engine must show. Each row is a test in each engine; what `prove` gives is what docs/engines.md says of it.

import assert from 'node:assert/strict';
import { ofKind, views, type Row } from '../e2e/support/journey.ts';
import type { Settings } from './support/engine.ts';
import { freePort } from './support/program.ts';
import { NONCE } from './support/shop.ts';
import type { Visit } from './support/visit.ts';
import { becomes, until } from './support/wait.ts';

/** A row of the table. */
export interface Capability {
  name: string;
  /** How the browser is set; a browser of its own where it is not as it comes. */
  settings?: Settings;
  prove(visit: Visit): Promise<string>;
}

/** The queue of a page that calls before the script is there; docs/sdk.md gives it. */
const QUEUE = `<script>window.wayside ??= function () { (wayside.q ??= []).push(arguments) };</script>`;
/** Makes the Wasm trap at every call while `trap` is set, in the engine's own way. */
const TRAPPABLE = `<script>(${trappable.toString()})()</script>`;
const CART = { currency: 'EUR', value: 19.9, items: [{ item_id: 'mug' }] };
/** What a page does in one task before it is left. */
const BURST = 20;
/** How often a tab is closed. */
const CLOSED_TABS = 5;
const WHOLE = Array.from({ length: BURST }, (_, n) => n);
const WITHOUT_WASM = 'page views and calls, without Wasm';

export const CAPABILITIES: Capability[] = [
  {
    name: 'the script tag, on a page of another site: Wasm runs, the view and a call arrive once',
    async prove(visit) {
      visit.shop.put('/', { head: `${QUEUE}<script>wayside('add_to_cart', ${JSON.stringify(CART)})</script>` });
      const visitor = await visit.arrive();
      await settled(visit);
      await withWasm(visit);
      const wanted = ['page_view', 'add_to_cart'];
      await visit.expect(visitor, kinds, wanted);
      assert.deepEqual(kinds(await visit.report(visitor)), wanted, '`wayside report timeline` says the same');
      return 'yes';
    },
  },
  {
    name: 'the npm module',
    async prove(visit) {
      const module = `import { init } from '/sdk/esm.js'; window.wayside = init({ site: 'shop', endpoint: '${visit.collector.base}' });`;
      visit.shop.put('/', { script: '', body: `<script type="module">${module}</script>` });
      const visitor = await visit.arrive();
      await addToCart(visit);
      await visit.expect(visitor, kinds, ['page_view', 'add_to_cart']);
      await withWasm(visit);
      return 'yes';
    },
  },
  {
    name: 'views of a single-page application: pushState and the way back',
    async prove(visit) {
      visit.shop.put('/');
      const visitor = await visit.arrive();
      await visit.run(() => {
        history.pushState({}, '', '/first');
        history.replaceState({ y: 0 }, '', '/first');
        history.pushState({}, '', '/second');
      });
      // Not by the browser's button: engines pass over views that came without a click of the visitor.
      await visit.run(() => history.back());
      const wanted = ['/ link', '/first spa', '/second spa', '/first spa'];
      await visit.expect(visitor, views, wanted);
      await visit.flush();
      await visit.expect(visitor, views, wanted);
      return 'yes';
    },
  },
  {
    name: 'a step back to a page that was left is a view',
    async prove(visit) {
      visit.shop.put('/', { body: `<script>addEventListener('pagehide', () => { heard = ['left'] })</script>` });
      visit.shop.put('/next');
      const visitor = await visit.arrive();
      // Firefox keeps no page that waits for an answer.
      await visit.flush();
      await visit.follow('next');
      await visit.visitor();
      await visit.leave('/', () => history.back());
      // A page that is loaded again knows nothing of how it was left.
      const cached = await visit.run(() => window.heard?.includes('left'));
      await visit.visitor();
      await visit.expect(visitor, views, ['/ link', '/next link', cached ? '/ bfcache' : '/ back_forward']);
      return cached ? 'yes, out of the back/forward cache' : 'yes, the page is loaded again';
    },
  },
  {
    name: 'what happens just before a page is left arrives, once',
    async prove(visit) {
      visit.shop.put('/', throughShop(visit));
      visit.shop.put('/away', { script: '' });
      visit.shop.put('/next', throughShop(visit));
      const visitor = await visit.arrive();
      await visit.flush();
      visit.shop.stalled = true;
      await visit.leave(
        '/away',
        (times) => {
          for (let n = 0; n < times; n++) window.wayside('burst', { value: n, currency: 'EUR' });
          document.querySelector<HTMLElement>('#away')?.click();
        },
        BURST,
      );
      // Nothing of Wayside runs on the page that follows.
      await visit.expect(visitor, burst, WHOLE);
      assert.ok(visit.shop.sent.includes('beacon'));
      // The page after that takes over what the first has left, and sends it a second time.
      visit.shop.stalled = false;
      await visit.arrive('/next');
      await visit.flush();
      await visit.expect(visitor, burst, WHOLE);
      return 'yes, by beacon';
    },
  },
  {
    name: 'what happens just before a tab is closed arrives, once',
    async prove(visit) {
      const { driver, shop } = visit;
      // Not the last tab: with it the whole browser ends, and a busy Firefox then kills its pages before they hear of it. But the
      // last one of the site: Firefox ends the site's process with it, and cuts off what runs there, one time in ten our script.
      const before = await driver.getWindowHandle();
      await driver.switchTo().newWindow('tab');
      const left = await driver.getWindowHandle();
      await driver.switchTo().window(before);
      await driver.close();
      await driver.switchTo().window(left);
      shop.put('/', throughShop(visit));
      shop.stalled = true;
      let visitor = '';
      for (let tab = 1; tab <= CLOSED_TABS; tab++) {
        await driver.switchTo().newWindow('tab');
        visitor = await visit.arrive();
        await record(visit, BURST);
        await driver.close();
        await driver.switchTo().window(left);
        await visit.expect(visitor, (rows) => burst(rows).length, tab * BURST);
      }
      await visit.expect(visitor, burst, Array.from({ length: CLOSED_TABS }, () => WHOLE).flat());
      assert.deepEqual([...new Set(shop.sent)], ['beacon']);
      return 'yes, by beacon';
    },
  },
  {
    name: 'what a page says in its own `pagehide` arrives, once',
    async prove(visit) {
      visit.shop.put('/', { head: `<script>addEventListener('pagehide', () => wayside('left'))</script>` });
      visit.shop.put('/next');
      const visitor = await visit.arrive();
      await visit.follow('next');
      await visit.visitor();
      await visit.flush();
      await visit.expect(visitor, (rows) => ofKind(rows, 'left').length, 1);
      return 'yes, with the next page at the latest';
    },
  },
  {
    name: 'reloads of the checkout are the signal `checkout_reload`',
    async prove(visit) {
      visit.shop.put('/checkout', { head: `${QUEUE}${HEAR}<script>wayside('begin_checkout', ${JSON.stringify(CART)})</script>` });
      const visitor = await visit.arrive('/checkout');
      for (let n = 0; n < 2; n++) {
        assert.deepEqual(await heard(visit, 'checkout_reload'), []);
        await visit.driver.navigate().refresh();
        await visit.visitor();
      }
      await becomes(() => heard(visit, 'checkout_reload'), ['checkout_reload']);
      await visit.flush();
      await visit.expect(visitor, (rows) => signals(rows, 'checkout_reload').length, 1);
      return 'yes';
    },
  },
  {
    name: 'angry clicks with a real mouse are the signal `rage_click`',
    async prove(visit) {
      visit.shop.put('/', { head: HEAR, body: '<button type="button" id="pay" aria-label="Pay now">Pay</button>' });
      const visitor = await visit.arrive();
      await visit.hammer('pay', 5);
      await becomes(() => heard(visit, 'rage_click'), ['rage_click']);
      await visit.flush();
      await visit.expect(visitor, (rows) => signals(rows, 'rage_click').map((row) => row['element']), ['button#pay Pay now']);
      return 'yes';
    },
  },
  {
    name: 'consent denied: nothing is stored, nothing is sent; a yes starts it',
    async prove(visit) {
      const page = { attributes: `data-consent="denied" data-endpoint="${visit.shop.way}"`, body: '<button type="button" id="pay">Pay</button>' };
      visit.shop.put('/', page);
      visit.shop.put('/next', page);
      await visit.arrive();
      await visit.hammer('pay', 5);
      await visit.run((cart) => window.wayside('add_to_cart', cart), CART);
      await visit.follow('next');
      await visit.visitor();
      assert.equal((await visit.status()).captured, 0);
      assert.deepEqual(await stored(visit), []);
      assert.deepEqual(visit.shop.sent, []);
      await visit.run(() => window.wayside.consent('granted'));
      await addToCart(visit);
      await visit.expect(await visit.visitor(), kinds, ['add_to_cart']);
      assert.notDeepEqual(visit.shop.sent, [], 'what is sent is seen');
      return 'yes';
    },
  },
  {
    name: 'a withdrawal removes what was stored, in other tabs too',
    async prove(visit) {
      const { driver, shop } = visit;
      shop.put('/');
      await visit.arrive();
      await visit.flush();
      const first = await driver.getWindowHandle();
      await driver.switchTo().newWindow('tab');
      await visit.arrive();
      await visit.flush();
      /** What is stored besides the decision. */
      const more = async (): Promise<string[]> => (await stored(visit)).filter((key) => !/^(local|cookie) wayside\.consent\.shop(=denied)?$/.test(key));
      assert.notDeepEqual(await more(), []);
      await visit.run(() => window.wayside.consent('denied'));
      await becomes(more, []);
      await driver.close();
      await driver.switchTo().window(first);
      // The other tab hears of it by the event `storage`, and captures nothing from then on.
      await until('the other tab has heard of it', () =>
        visit.run(async () => {
          const { captured } = await window.wayside.status();
          window.wayside('after_the_no');
          return (await window.wayside.status()).captured === captured;
        }),
      );
      await becomes(more, []);
      assert.notDeepEqual(await stored(visit), []);
      return 'yes';
    },
  },
  {
    name: 'hosts of one domain: one visitor, whose cookies are for `.shop.localhost`',
    async prove(visit) {
      const { driver, shop } = visit;
      const at = (host: string): string => shop.origin.replace('localhost', `${host}.shop.localhost`);
      shop.put('/');
      await driver.get(at('www'));
      const visitor = await visit.visitor();
      await visit.flush();
      const { domain, sameSite } = (await driver.manage().getCookie('wayside.visitor.shop'))!;
      assert.equal(domain?.replace(/^\./, ''), 'shop.localhost');
      assert.equal(sameSite ?? 'Lax', 'Lax');
      await driver.get(at('checkout'));
      assert.equal(await visit.visitor(), visitor);
      await visit.run(() => window.wayside.consent('denied'));
      await driver.get(at('www'));
      await visit.visitor();
      assert.equal((await visit.status()).captured, 0);
      return 'yes';
    },
  },
  {
    name: 'storage refused by a sandbox: views and calls arrive',
    async prove(visit) {
      visit.shop.put('/', { headers: { 'content-security-policy': 'sandbox allow-scripts' } });
      const visitor = await visit.arrive();
      assert.equal(await storage(visit), '`localStorage` throws');
      await addToCart(visit);
      await visit.expect(visitor, kinds, ['page_view', 'add_to_cart']);
      return 'yes';
    },
  },
  {
    name: 'storage switched off in the browser: views and calls arrive',
    settings: { storageOff: true },
    async prove(visit) {
      visit.shop.put('/');
      const visitor = await visit.arrive();
      await addToCart(visit);
      await visit.expect(visitor, kinds, ['page_view', 'add_to_cart']);
      return `yes; ${await storage(visit)}`;
    },
  },
  {
    // Firefox enforces Trusted Types from 148 on: whether this one does is its version's, not the tracker's.
    name: 'the policy that README.md asks for, and Trusted Types where the engine enforces them',
    async prove(visit) {
      const { base } = visit.collector;
      const policy = [`script-src 'nonce-${NONCE}' ${base} 'wasm-unsafe-eval'`, `connect-src 'self' ${base}`, "require-trusted-types-for 'script'"];
      visit.shop.put('/', { headers: { 'content-security-policy': policy.join('; ') } });
      const visitor = await visit.arrive();
      await addToCart(visit);
      await visit.expect(visitor, kinds, ['page_view', 'add_to_cart']);
      await withWasm(visit);
      return 'yes';
    },
  },
  {
    name: "a policy without `'wasm-unsafe-eval'`",
    async prove(visit) {
      visit.shop.put('/', { headers: { 'content-security-policy': `script-src 'unsafe-inline' ${visit.collector.base}` } });
      return alone(visit);
    },
  },
  {
    name: 'the Wasm under a wrong MIME type',
    async prove(visit) {
      visit.shop.faults['wayside.wasm'] = { type: 'text/plain' };
      visit.shop.put('/', ownFiles(visit));
      const visitor = await visit.arrive();
      await addToCart(visit);
      await visit.expect(visitor, kinds, ['page_view', 'add_to_cart']);
      await withWasm(visit);
      const streamed = await visit.run(() => WebAssembly.instantiateStreaming(fetch('/sdk/wayside.wasm')).then(() => 'runs', (error: Error) => error.name));
      assert.equal(streamed, 'TypeError', 'the engine does look at the type');
      return 'yes';
    },
  },
  {
    name: 'the Wasm not found',
    async prove(visit) {
      visit.shop.faults['wayside.wasm'] = { missing: true };
      visit.shop.put('/', ownFiles(visit));
      return alone(visit);
    },
  },
  {
    name: 'an engine without WebAssembly',
    async prove(visit) {
      visit.shop.put('/', { head: '<script>delete window.WebAssembly</script>' });
      return alone(visit);
    },
  },
  {
    name: 'the Wasm traps: once, and again',
    async prove(visit) {
      visit.shop.put('/', { head: TRAPPABLE });
      const visitor = await visit.arrive();
      await visit.flush();
      await trap(visit);
      await visit.run(() => window.wayside('view_item', { value: 3 }));
      await visit.flush();
      assert.equal(await visit.stage(), 'consideration', 'a second instance goes on');
      await trap(visit);
      await visit.run(() => history.pushState({}, '', '/first'));
      await addToCart(visit);
      assert.equal(await visit.stage(), STAGE_WITHOUT_WASM);
      await visit.expect(visitor, kinds, ['page_view', 'view_item', 'page_view', 'add_to_cart']);
      return `a second instance; then ${WITHOUT_WASM}`;
    },
  },
  {
    name: 'the script not found',
    prove: (visit) => blocked(visit, `${visit.shop.origin}/blocked/wayside.js`),
  },
  {
    name: 'the script cannot be reached',
    prove: async (visit) => blocked(visit, `http://127.0.0.1:${await freePort()}/wayside.js`),
  },
  {
    name: 'only the first file comes through',
    async prove(visit) {
      visit.shop.faults['wayside-glue.js'] = { missing: true };
      visit.shop.put('/', { ...ownFiles(visit), ...throughShop(visit), head: QUEUE });
      visit.shop.put('/next');
      await visit.open();
      await until('the bootstrap is there', () => visit.run(() => typeof window.wayside?.visitor === 'function'));
      await visit.run((cart) => window.wayside('add_to_cart', cart), CART);
      await visit.follow('next');
      const visitor = await visit.visitor();
      await visit.expect(visitor, kinds, ['page_view', 'add_to_cart', 'page_view']);
      assert.ok(visit.shop.sent.includes('beacon'));
      return 'page views and calls, by beacon';
    },
  },
  {
    name: 'the collector answers 503, then comes back',
    async prove(visit) {
      visit.shop.refusals = 2;
      visit.shop.put('/', throughShop(visit));
      const visitor = await visit.arrive();
      await visit.run((cart) => window.wayside('add_to_cart', cart), CART);
      await visit.expect(visitor, kinds, ['page_view', 'add_to_cart']);
      assert.equal(visit.shop.refusals, 0);
      await settled(visit);
      return 'once, when it is back';
    },
  },
  {
    name: 'the collector is killed, then comes back',
    async prove(visit) {
      visit.shop.put('/');
      const visitor = await visit.arrive();
      await visit.flush();
      await visit.collector.kill();
      try {
        await record(visit, BURST);
        assert.ok((await visit.status()).pending >= BURST);
      } finally {
        await visit.collector.resume();
      }
      await visit.flush();
      await visit.expect(visitor, burst, WHOLE);
      return 'once, when it is back';
    },
  },
  {
    name: 'the collector is away while the page is left',
    async prove(visit) {
      visit.shop.put('/');
      visit.shop.put('/away', { script: '' });
      visit.shop.put('/next');
      const visitor = await visit.arrive();
      await visit.flush();
      await visit.collector.kill();
      try {
        await record(visit, BURST);
        await visit.follow('away');
      } finally {
        await visit.collector.resume();
      }
      assert.equal(await visit.arrive('/next'), visitor);
      await visit.expect(visitor, burst, WHOLE);
      await visit.flush();
      await visit.expect(visitor, burst, WHOLE);
      return 'once, with the next page';
    },
  },
];

/** Keeps the names of signals that the page hears of. */
const HEAR = `<script>window.heard = []; document.addEventListener('wayside:signal', ({ detail }) => heard.push(detail.name))</script>`;

const heard = (visit: Visit, name: string): Promise<string[]> => visit.run((name) => (window.heard ?? []).filter((heard) => heard === name), name);
const burst = (rows: Row[]): unknown[] => ofKind(rows, 'burst').map((row) => row['value']);
const signals = (rows: Row[], name: string): Row[] => ofKind(rows, 'signal').filter((row) => row['name'] === name);

/** What the tests do themselves, without what comes of it. */
const kinds = (rows: Row[]): string[] => ofKind(rows, 'page_view', 'view_item', 'add_to_cart').map(({ kind }) => kind);

/** A call of the page, which the collector has when this ends. */
async function addToCart(visit: Visit): Promise<void> {
  await visit.run((cart) => window.wayside('add_to_cart', cart), CART);
  await visit.flush();
}

const record = (visit: Visit, times: number): Promise<void> =>
  visit.run((times) => {
    for (let n = 0; n < times; n++) window.wayside('burst', { value: n, currency: 'EUR' });
  }, times);

/** The Wasm runs, and nothing else has taken its place. */
async function withWasm(visit: Visit): Promise<void> {
  const files = await visit.files();
  assert.ok(files.includes('wayside.wasm') && !files.includes('wayside-alone.js'), String(files));
}

/** Waits until the collector has everything that the page has captured, and has refused nothing. */
async function settled(visit: Visit): Promise<void> {
  await visit.flush();
  await until('all is acknowledged', async () => {
    const { captured, acked, dropped, pending, refused } = await visit.status();
    assert.deepEqual([dropped, refused], [0, 0]);
    return captured === acked && pending === 0;
  });
}

/** All keys in the browser, the cookie among them. */
const stored = (visit: Visit): Promise<string[]> =>
  visit.run(() => [
    ...Object.keys(localStorage).map((key) => `local ${key}`),
    ...Object.keys(sessionStorage).map((key) => `session ${key}`),
    ...(document.cookie ? [`cookie ${document.cookie}`] : []),
  ]);

/** What a page meets that looks at its storage. */
const storage = (visit: Visit): Promise<string> =>
  visit.run(() => {
    try {
      return window.localStorage ? '`localStorage` works' : '`localStorage` is null';
    } catch {
      return '`localStorage` throws';
    }
  });

/** A page whose own server has the tracker's files. */
const ownFiles = ({ shop, collector }: Visit) => ({ script: `${shop.origin}/sdk/wayside.js`, attributes: `data-endpoint="${collector.base}"` });

/** A page whose batches pass its own server, which sees how they come. */
const throughShop = ({ shop }: Visit) => ({ attributes: `data-endpoint="${shop.way}"` });

/** The stage after a touchpoint of a cart, where no Wasm computes it. WebKit does not always list a script that it has in memory. */
const STAGE_WITHOUT_WASM = 'awareness';

/** Proves that views and calls arrive from a page whose Wasm does not run. */
async function alone(visit: Visit): Promise<string> {
  const visitor = await visit.arrive();
  await addToCart(visit);
  await visit.run(() => history.pushState({}, '', '/first'));
  await visit.flush();
  await visit.expect(visitor, kinds, ['page_view', 'add_to_cart', 'page_view']);
  assert.equal(await visit.stage(), STAGE_WITHOUT_WASM);
  return WITHOUT_WASM;
}

/** Proves that a page whose script never comes goes on as if nothing were there. */
async function blocked(visit: Visit, script: string): Promise<string> {
  const failed = `<script>document.addEventListener('error', () => { window.heard = ['script failed'] }, true)</script>`;
  const body = `<button type="button" id="pay" onclick="wayside('add_to_cart', {}); heard.push('paid')">Pay</button>`;
  visit.shop.put('/', { script, head: `${QUEUE}${failed}<script>wayside('add_to_cart', {})</script>`, body });
  await visit.open();
  await becomes(() => heard(visit, 'script failed'), ['script failed']);
  await visit.hammer('pay', 1);
  await becomes(() => heard(visit, 'paid'), ['paid']);
  assert.deepEqual(await stored(visit), []);
  return 'nothing is recorded, the page works';
}

const trap = (visit: Visit): Promise<void> =>
  visit.run(() => {
    window.trap = true;
    document.body.click();
    window.trap = false;
  });

/** Runs in the page before the script: every call into the Wasm meets the engine's own trap while `trap` is set. */
function trappable(): void {
  // (module (func (export "f") unreachable))
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11];
  const { f: unreachable } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports as { f: () => void };
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given: unknown[]): Promise<never> => {
    const { instance } = (await Reflect.apply(instantiate, WebAssembly, given)) as unknown as WebAssembly.WebAssemblyInstantiatedSource;
    const wrapped = Object.entries(instance.exports).map(([name, call]) => {
      if (typeof call !== 'function') return [name, call];
      const trappable = (...args: unknown[]): unknown => {
        if (window.trap) unreachable();
        return call(...args);
      };
      return [name, trappable];
    });
    return { instance: { exports: Object.fromEntries(wrapped) } } as never;
  };
}
