// Runs every scripted visit through the real shop in headless Chromium and writes what must have arrived.
//
//   node tests/e2e/visits/run.mjs --base http://127.0.0.1:8787 --out FILE [--concurrency 2] [--only TEXT]
//
// FILE is `[{ name, visitor, expected: [{ kind, … }], signals: [name], orders: [id], captured }]`: `expected` lists the
// touchpoints in their order, but for the kinds that come by themselves (`AUTOMATIC` in compare.mjs), `captured` counts all
// that was captured in the browser. Ends with 1 where a visit could not be carried out.

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { browserPath, CHROMIUM_FLAGS } from '../browser.mjs';
import { countCaptured, capturedSoFar, shiftClock } from './in-page.mjs';
import { delivered, Shopper } from './shopper.mjs';
import { visits } from './visits.mjs';

const HOUR = 3_600_000;

const { values: options } = parseArgs({
  options: {
    base: { type: 'string' },
    out: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
  },
});
if (!options.base || !options.out) {
  console.error('usage: node tests/e2e/visits/run.mjs --base URL --out FILE [--concurrency 2] [--only TEXT]');
  process.exit(2);
}

const base = options.base.replace(/\/$/, '');
const chosen = visits.filter((visit) => visit.name.includes(options.only));
const results = new Array(chosen.length);
const started = Date.now();
let failures = 0;
let done = 0;

const browser = await chromium.launch({ executablePath: browserPath(), args: CHROMIUM_FLAGS });
try {
  let next = 0;
  const worker = async () => {
    while (next < chosen.length) {
      const index = next++;
      results[index] = await carryOut(chosen[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(options.concurrency)) }, worker));
} finally {
  await browser.close();
}
await writeFile(options.out, `${JSON.stringify(results.filter(Boolean), null, 1)}\n`);
const touchpoints = results.filter(Boolean).reduce((sum, result) => sum + result.captured, 0);
console.log(`${done} visits, ${touchpoints} touchpoints captured, ${((Date.now() - started) / 1000).toFixed(1)} s, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);

/** One visit in a browser profile of its own. */
async function carryOut(visit) {
  const screen = visit.phone ? { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } : { viewport: { width: 1280, height: 800 } };
  // Nobody watches: frames of a transition would only cost time.
  const context = await browser.newContext({ ...screen, reducedMotion: 'reduce' });
  // What a visitor would see go wrong fails the visit.
  const troubles = [];
  const openPage = async (offsetMs) => {
    const page = await context.newPage();
    page.on('pageerror', (error) => troubles.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(`console error: ${message.text()}`);
    });
    await page.addInitScript(shiftClock, offsetMs);
    await page.addInitScript(countCaptured);
    return page;
  };

  const began = Date.now();
  const shop = new Shopper(await openPage(-visit.hoursAgo * HOUR), base, openPage);
  try {
    await visit.run(shop);
    await delivered(shop.page);
    const visitor = await shop.page.evaluate(() => window.wayside.visitor());
    const captured = await capturedSoFar(shop.page);
    if (troubles.length > 0) throw new Error(troubles.join('\n'));
    report('ok', visit.name, `${captured} touchpoints`, began);
    const { expected, signals, orders } = shop;
    return { name: visit.name, visitor, expected, signals, orders, captured };
  } catch (error) {
    failures += 1;
    report('FAILED', visit.name, error.message, began);
    return undefined;
  } finally {
    await context.close();
  }
}

function report(outcome, name, detail, began) {
  done += 1;
  console.log(`[${done}/${chosen.length}] ${outcome} ${name}: ${detail}, ${Date.now() - began} ms`);
}
