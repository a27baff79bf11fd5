// What Wayside costs a page while it is used, in headless Chromium: no layout, no listener in the way, no growing memory.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, context, flush, inChromium, options, page, painted, shop, visit } from './shop.ts';

inChromium();

test('no layout is forced while a page is scrolled, clicked and typed in', options, async () => {
  shop.paths['/page.js'] = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(`
      let n = 0;
      const change = () => (document.querySelector('output').textContent = 'changed '.repeat(++n % 9));
      for (const type of ['scroll', 'pointermove', 'pointerdown', 'click', 'keydown', 'input', 'focusin', 'selectionchange']) document.addEventListener(type, change, true);
      setInterval(change, 7);
      function force() { change(); return document.body.offsetHeight; }`);
  };
  shop.serve('<script src="/page.js"></script><output></output><form><input name="a"><button type="button">Go on</button></form><p>Words to select</p><p style="height: 9000px">');
  await visit();
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'disabled-by-default-devtools.timeline.stack'] });
  for (let round = 0; round < 4; round++) {
    await page.mouse.move(100 + round * 20, 100);
    await page.mouse.wheel(0, 900);
    await painted();
    await page.mouse.wheel(0, -900);
    await page.click('button');
    await page.click('p', { clickCount: 3 });
    await page.click('input');
    await page.keyboard.type('abc');
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  await page.evaluate('force()');
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: { name: string }[] };
  const layouts = trace.traceEvents.filter(({ name }) => name === 'Layout' || name === 'UpdateLayoutTree').map((event) => JSON.stringify(event));
  assert.ok(layouts.some((event) => event.includes('/page.js')), 'the trace says who forces a layout');
  assert.deepEqual(layouts.filter((event) => event.includes('/wayside')), []);
});

interface Heard {
  target: string;
  type: string;
  passive: boolean;
}

test('listeners are few, not on elements, and do not block input', options, async () => {
  await context.addInitScript(() => {
    const heard: Heard[] = ((window as unknown as { heard: Heard[] }).heard = []);
    const { addEventListener } = EventTarget.prototype;
    EventTarget.prototype.addEventListener = function (type: string, then: never, options?: AddEventListenerOptions | boolean) {
      if (new Error().stack?.includes('/wayside')) {
        heard.push({ target: String(this ?? window), type, passive: typeof options === 'object' && !!options.passive });
      }
      return addEventListener.call(this, type, then, options);
    };
  });
  shop.serve(`
    ${'<form><input><button type="button">Go on</button></form>'.repeat(100)}<x-pay></x-pay>
    <script>customElements.define('x-pay', class extends HTMLElement { constructor() { super().attachShadow({ mode: 'open' }).innerHTML = '<form><input id="card"></form>' } })</script>`);
  await visit();
  const heard = (): Promise<Heard[]> => page.evaluate(() => (window as unknown as { heard: Heard[] }).heard);
  const before = (await heard()).length;
  for (let at = 0; at < 5; at++) {
    await page.locator('form > input').nth(at).fill('x');
    await page.locator('form > button').nth(at).click();
  }
  assert.equal((await heard()).length, before, 'using an element adds no listener');
  await page.fill('#card', 'x');
  const all = await heard();
  const targets = new Set(all.map(({ target }) => target));
  assert.deepEqual([...targets].sort(), ['[object HTMLDocument]', '[object ShadowRoot]', '[object VisualViewport]', '[object Window]'].sort());
  // What a browser would wait for before it scrolls, or before it shows what is typed.
  const slow = all.filter(({ type, passive }) => !passive && /^(touch|wheel|mouse|pointer|key|input|scroll|focusin|focusout)/.test(type));
  assert.deepEqual(slow, []);
  assert.ok(all.length < 60, `${all.length} listeners`);
  // None of these keeps a page out of the back/forward cache.
  assert.deepEqual(all.filter(({ type }) => /unload/.test(type)), []);
});

/** Most that a page may hold more after twenty thousand calls than after ten: ten times what it does, as engines differ. */
const GROWTH_BYTES = 128 * 1024;

test('memory does not grow with ten thousand calls and a hundred pages', options, async () => {
  await context.addInitScript(() => {
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = async (...args: unknown[]): Promise<never> => {
      const made = (await Reflect.apply(instantiate, WebAssembly, args)) as WebAssembly.WebAssemblyInstantiatedSource;
      (window as unknown as { memory: unknown }).memory = Object.values(made.instance.exports).find((one) => one instanceof WebAssembly.Memory);
      return made as never;
    };
  });
  shop.serve();
  await visit();
  const devtools = await context.newCDPSession(page);
  const use = (calls: number, views: number): Promise<void> =>
    page.evaluate(
      async ([calls, views]) => {
        for (let n = 0; n < calls; n++) {
          window.wayside('add_to_cart', { currency: 'EUR', value: 19.9, items: [{ item_id: `mug ${n % 100}`, price: 19.9 }] });
          if (n % (calls / views) === 0) history.pushState({}, '', `/page/${n}`);
          if (n % 250 === 249) await window.wayside.flush();
        }
        await window.wayside.flush();
      },
      [calls, views] as const,
    );
  const held = async (): Promise<{ heap: number; wasm: number }> => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    const wasm = await page.evaluate(() => (window as unknown as { memory: WebAssembly.Memory }).memory.buffer.byteLength);
    return { heap: usedSize, wasm };
  };
  // As much as later: what a batch takes at its largest is known only after some.
  await use(10_000, 100);
  const before = await held();
  await use(10_000, 100);
  const after = await held();
  const { captured, acked } = await page.evaluate(() => window.wayside.status());
  assert.equal(acked, captured);
  assert.ok(captured >= 20_200, `${captured} captured`);
  assert.equal(after.wasm, before.wasm, 'the Wasm needs no more memory');
  assert.ok(after.heap - before.heap < GROWTH_BYTES, `${before.heap} bytes grew to ${after.heap}`);
  await flush();
});
