// Each event once: whatever way the page ends, and whatever the collector does meanwhile.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { shiftClock } from '../visits/in-page.mjs';
import { Collector, SDK } from '../support/collector.ts';
import { expect, expectJourney, ofKind, test, visitorOf, type Row } from '../support/test.ts';
import type { Page } from '@playwright/test';

const BURST = 50;
const HOUR = 3_600_000;

/** The numbers of the burst that arrived, in the order of the journey. */
const burst = (rows: Row[]) => ofKind(rows, 'burst').map((row) => row.value);
const WHOLE = Array.from({ length: BURST }, (_, n) => n + 1);

test('50 events in the task that follows a link arrive, none twice', async ({ base, page }) => {
  await page.goto('/shop/help.html');
  const visitor = await visitorOf(page);
  await page.evaluate((times) => {
    for (let n = 1; n <= times; n++) window.wayside('burst', { value: n, currency: 'EUR' });
    document.querySelector<HTMLAnchorElement>('.brand')?.click();
  }, BURST);
  await page.waitForURL(/\/shop\/$/);
  await expectJourney(base, visitor, burst, WHOLE);
  // A second copy would come with the next page, which takes over what the first one left.
  await visitorOf(page);
  await page.evaluate(() => window.wayside.flush());
  await expectJourney(base, visitor, burst, WHOLE);
});

test('50 events in the task that closes the page arrive, none twice', async ({ base, context, page }) => {
  // Only a window that a script opened may close itself.
  const opened = page.waitForEvent('popup');
  await page.evaluate((address) => void window.open(address), `${base}/shop/help.html`);
  const leaving = await opened;
  const visitor = await visitorOf(leaving);
  const closed = leaving.waitForEvent('close');
  await leaving.evaluate((times) => {
    for (let n = 1; n <= times; n++) window.wayside('burst', { value: n, currency: 'EUR' });
    window.close();
  }, BURST);
  await closed;
  await expectJourney(base, visitor, burst, WHOLE);
  const next = await context.newPage();
  await next.goto('/shop/help.html');
  await visitorOf(next);
  await next.evaluate(() => window.wayside.flush());
  await expectJourney(base, visitor, burst, WHOLE);
});

test('a visitor who leaves before the tracker runs is still counted', async ({ base, page }) => {
  // The Wasm never comes: the bootstrap alone sees this page.
  await page.route('**/wayside.wasm*', () => undefined);
  await page.goto('/shop/product.html?product=bowl');
  await page.waitForFunction(() => typeof window.wayside?.visitor === 'function');
  await page.unroute('**/wayside.wasm*');
  await page.goto('/shop/help.html');
  const visitor = await visitorOf(page);
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'page_view', 'view_item').map((row) => row.path ?? row.item_id), ['/shop/product.html', 'bowl', '/shop/help.html']);
});

test.describe('an outage', () => {
  // The collector is gone on purpose; the browser says so in the console.
  test.use({ allowed: /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/ });

  test('keeps events in the browser until the collector is back', async ({ page }) => {
    const collector = await Collector.start();
    try {
      await page.goto(`${collector.base}/shop/help.html`);
      const visitor = await visitorOf(page);
      await page.evaluate(() => window.wayside.flush());
      await collector.kill();
      await page.evaluate((times) => {
        for (let n = 1; n <= times; n++) window.wayside('burst', { value: n, currency: 'EUR' });
      }, BURST);
      await expect.poll(() => stored(page)).toBeGreaterThan(0);
      await collector.resume();
      await page.evaluate(() => window.wayside.flush());
      await expectJourney(collector.base, visitor, burst, WHOLE);
      await expect.poll(() => page.evaluate(async () => (await window.wayside.status()).pending)).toBe(0);
    } finally {
      await collector.stop();
    }
  });

  test('outlives the page: the next visit brings what the last one could not', async ({ context, page }) => {
    const collector = await Collector.start();
    try {
      await page.goto(`${collector.base}/shop/help.html`);
      const visitor = await visitorOf(page);
      await page.evaluate(() => window.wayside.flush());
      await collector.kill();
      await page.evaluate((times) => {
        for (let n = 1; n <= times; n++) window.wayside('burst', { value: n, currency: 'EUR' });
      }, BURST);
      await expect.poll(() => stored(page)).toBeGreaterThan(0);
      await page.close();
      await collector.resume();
      // Another tab takes over what a tab has left once that one is surely gone: here, when the visitor returns in an hour.
      const next = await context.newPage();
      await next.addInitScript(shiftClock, HOUR);
      await next.goto(`${collector.base}/shop/`);
      expect(await visitorOf(next)).toBe(visitor);
      await expectJourney(collector.base, visitor, burst, WHOLE);
    } finally {
      await collector.stop();
    }
  });

  for (const own of [false, true]) {
    test(`pages opened in it record, with the script ${own ? 'from the shop’s own host' : 'in the cache'}, and deliver later`, async ({ context }) => {
      const collector = await Collector.start();
      const tag = own ? `src="/static/wayside.js" data-endpoint="${collector.base}"` : `src="${collector.base}/wayside.js"`;
      const html = `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script async ${tag} data-site="shop"></script>`;
      const server = createServer(({ url = '' }, response) => {
        const [, file] = /^\/static\/([\w.-]+)/.exec(url) ?? [];
        response.setHeader('Content-Type', file?.endsWith('.js') ? 'text/javascript' : file ? 'application/wasm' : 'text/html');
        response.end(file ? readFileSync(join(SDK, file)) : html);
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const shop = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        if (!own) {
          // An earlier visit brings the files into the cache.
          const first = await context.newPage();
          await first.goto(`${shop}/`);
          await visitorOf(first);
          await first.evaluate(() => window.wayside.flush());
          await first.close();
        }
        await collector.kill();
        let visitor = '';
        for (let n = 1; n <= BURST; n += 10) {
          const page = await context.newPage();
          await page.goto(`${shop}/${n}`);
          visitor = await visitorOf(page);
          await page.evaluate((from) => {
            for (let n = from; n < from + 10; n++) window.wayside('burst', { value: n, currency: 'EUR' });
          }, n);
          await page.close({ runBeforeUnload: true });
        }
        await collector.resume();
        const next = await context.newPage();
        await next.goto(`${shop}/next`);
        expect(await visitorOf(next)).toBe(visitor);
        await expectJourney(collector.base, visitor, burst, WHOLE);
      } finally {
        await collector.stop();
        server.close();
      }
    });
  }

  test('events that were on disk survive the collector’s death', async ({ page }) => {
    const collector = await Collector.start();
    try {
      await page.goto(`${collector.base}/shop/help.html`);
      const visitor = await visitorOf(page);
      await page.evaluate((times) => {
        for (let n = 1; n <= times; n++) window.wayside('burst', { value: n, currency: 'EUR' });
        return window.wayside.flush();
      }, BURST);
      await collector.kill();
      await collector.resume();
      await expectJourney(collector.base, visitor, burst, WHOLE);
    } finally {
      await collector.stop();
    }
  });
});

/** How many of the tracker's keys are in the page's localStorage that mention waiting events. */
function stored(page: Page): Promise<number> {
  return page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('wayside.') && (localStorage.getItem(key)?.length ?? 0) > 200).length);
}
