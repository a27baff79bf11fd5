// What reaches the sink: from any address, once, and only of this test's pages.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@wayside/testing/playwright';
import { BUY, open, PATIENCE_MS, SHOP, TAG } from '../shop.ts';

const WASM = '**/wayside.wasm?*';
const never = (): Promise<void> => new Promise(() => {});

test('a batch sent on leaving the page arrives and counts once', async ({ page, wayside }) => {
  await open(page, BUY);
  await wayside.flush(PATIENCE_MS);
  await page.getByRole('button').click();
  await page.goto(`${SHOP}next`);
  await wayside.flush(PATIENCE_MS);
  await expect(wayside).toHaveTouchpointsInOrder(['page_view', 'add_to_cart', ['page_view', { url: `${SHOP}next` }]]);
  expect(wayside.touchpoints({ kind: 'add_to_cart' })).toHaveLength(1);
  expect(new Set(wayside.touchpoints().map(({ visitor }) => visitor)).size).toBe(1);
});

for (const then of ['reload', 'elsewhere and back']) {
  test(`touchpoints of a page that is left at once arrive: ${then}`, async ({ page, wayside }) => {
    // Without its Wasm the page has nothing but the beacon of its last moment.
    await page.route(WASM, never);
    await open(page, BUY);
    await page.getByRole('button').click();
    await page.unroute(WASM);
    if (then === 'reload') await page.reload();
    else {
      await page.route('https://pay.example/', (route) => route.fulfill({ contentType: 'text/html', body: 'Paid' }));
      await page.goto('https://pay.example/');
      await page.goto(SHOP);
    }
    await expect(wayside).toHaveTouchpointsInOrder(['page_view', 'add_to_cart', 'page_view']);
    expect(wayside.touchpoints({ kind: 'add_to_cart' })).toHaveLength(1);
    expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('__')))).toEqual([]);
  });
}

test('beacons are redirected, whatever their content type', async ({ page, wayside }) => {
  await open(page, '');
  await wayside.flush(PATIENCE_MS);
  await page.evaluate(() => {
    const batch = (writer: string): string =>
      JSON.stringify({ v: 1, site: 'shop', writer: writer.repeat(32), visitor: 'v', events: [{ time: Date.now(), kind: 'share', method: writer }] });
    const url = 'https://elsewhere.example/v1/batch';
    navigator.sendBeacon(url, batch('a'));
    navigator.sendBeacon(url, new Blob([batch('b')]));
    navigator.sendBeacon(url, new TextEncoder().encode(batch('c')));
  });
  for (const method of ['a', 'b', 'c']) await expect(wayside).toHaveTouchpoint('share', { method });
});

test('nothing is sent before consent, and everything after', async ({ page, wayside }) => {
  await open(page, BUY, TAG.replace('data-site', 'data-consent="unknown" data-site'));
  await page.getByRole('button').click();
  await expect(wayside).not.toHaveTouchpoint('page_view');
  await expect(wayside).not.toHaveTouchpoint('add_to_cart');
  await page.evaluate(() => window.wayside.consent('granted'));
  await expect(wayside).toHaveTouchpointsInOrder(['page_view', 'add_to_cart']);
  expect(wayside.touchpoints()[0]).toMatchObject({ consent: 'granted', automated: true });
});

test('touchpoints of a page that calls `init` arrive, whatever its collector', async ({ page, wayside }) => {
  const module = `import { init } from '/sdk/esm.js'; window.wayside = init({ site: 'shop', endpoint: 'https://elsewhere.example' });`;
  await page.route(`${SHOP}sdk/esm.js`, (route) => route.fulfill({ path: fileURLToPath(import.meta.resolve('@wayside/tracker')) }));
  // Routes of later on come first: the shop answers for itself but for its modules.
  await page.route(`${SHOP}`, (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>Mugs</title><script type="module">${module}</script>${BUY}` }));
  await page.goto(SHOP);
  await page.getByRole('button').click();
  await expect(wayside).toHaveTouchpointsInOrder(['page_view', 'add_to_cart']);
});

test('times follow the clock that a test sets in the page', async ({ page, wayside }) => {
  const time = Date.parse('2030-01-01T12:00:00Z');
  await page.clock.setFixedTime(time);
  await open(page, BUY);
  await page.getByRole('button').click();
  await expect(wayside).toHaveTouchpoint('add_to_cart', { time });
});

test('two visitors are distinguished', async ({ page, wayside }) => {
  await open(page, BUY);
  const first = await page.evaluate(() => window.wayside.visitor());
  await page.evaluate(() => window.wayside.reset());
  await page.getByRole('button').click();
  const second = await page.evaluate(() => window.wayside.visitor());
  await expect(wayside).toHaveTouchpoint('add_to_cart', {}, { visitor: second });
  await expect(wayside).not.toHaveTouchpoint('add_to_cart', {}, { visitor: first });
  expect([wayside.stage(first), wayside.stage(second)]).toEqual(['awareness', 'purchase']);
});

// One worker runs these in order, so that the second has the sink of the first.
test.describe('one after the other', () => {
  test.describe.configure({ mode: 'serial' });

  test('a test leaves a request unfinished', async ({ page }) => {
    await open(page, BUY);
    await page.getByRole('button').click();
  });

  test('the request does not arrive in the next test', async ({ page, wayside }) => {
    expect(wayside.touchpoints()).toEqual([]);
    await open(page, BUY);
    await expect(wayside).not.toHaveTouchpoint('add_to_cart');
    expect(wayside.touchpoints()).toHaveLength(1);
    wayside.clear();
    expect(wayside.touchpoints()).toEqual([]);
  });
});

test.describe('a server of this machine', () => {
  /** Serves the page over real HTTP: what is not redirected has to get through by itself. */
  const served = async (tag: string, then: (origin: string) => Promise<void>): Promise<void> => {
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Mugs</title>${tag}${BUY}`));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      await then(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  test('touchpoints of a page that is left at once for another site arrive', async ({ page, wayside }) => {
    await page.route(WASM, never);
    await page.route('https://pay.example/', (route) => route.fulfill({ contentType: 'text/html', body: 'Paid' }));
    await served(TAG, async (origin) => {
      await page.goto(origin);
      await page.getByRole('button').click();
      await page.goto('https://pay.example/');
      await wayside.waitFor('add_to_cart', {}, { timeout: PATIENCE_MS });
    });
  });

  test.describe('without redirection', () => {
    test.use({ waysideRoute: false });

    test('a tab that is closed at once has said what it had', async ({ page, wayside }) => {
      // Of a tab that is closed, Chromium loses what Playwright redirects, and gets through what it does not.
      await served(wayside.sink.script('shop'), async (origin) => {
        await page.goto(origin);
        await page.getByRole('button').click();
        await page.close({ runBeforeUnload: true });
        await wayside.waitFor('add_to_cart', {}, { timeout: PATIENCE_MS });
      });
    });

    test("a page uses the sink's own address", async ({ page, wayside }) => {
      await served(wayside.sink.script('shop'), async (origin) => {
        await page.goto(origin);
        await page.getByRole('button').click();
        await expect(wayside).toHaveTouchpoint('add_to_cart', { value: 19.9 });
        await page.goto(`${origin}/next`);
        await expect(wayside).toHaveTouchpoint('page_view', { url: `${origin}/next` });
      });
    });
  });
});
