// What happens where the module does not load, the collector does not answer, or too much happens, in headless Chromium.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from './shop.ts';
import { browser, flush, inChromium, means, meansRefusals, options, page, shop, visit } from './shop.ts';

inChromium();

const OFF = { attributes: 'data-off="click form user_engagement web_vitals tab_switch"' };

/** A request that is never answered. */
const hang: Answer = () => undefined;

/** The numbers `n` of touchpoints of this name that have arrived. */
const numbers = (name: string): unknown[] =>
  shop.told(name).map(({ props }) => (props as { n: unknown }).n);

/** Opens the page without waiting for the module. */
async function open(): Promise<void> {
  await page.goto(shop.origin);
  await page.waitForFunction(() => window.wayside?.on);
}

test('early events of more than a beacon takes leave in pieces, the first ones first', options, async () => {
  shop.serve('', OFF);
  shop.paths['/wayside-glue.js'] = hang;
  shop.paths['/away'] = '<!doctype html><link rel="icon" href="data:,">';
  await open();
  await page.evaluate(() => {
    for (let n = 0; n < 100; n++) window.wayside('step', { n, long: 'x'.repeat(2_000) });
  });
  await page.goto(`${shop.origin}/away`);
  await shop.sink.until(() => (numbers('step').length > 20 ? true : undefined), 60_000);
  assert.equal(shop.told('page_view').length, 1);
  const arrived = numbers('step');
  assert.ok(arrived.length > 20, `${arrived.length}`);
  // 64 KiB are all that a browser takes from a page that is left.
  assert.deepEqual(arrived, arrived.map((_, n) => n));
});

test('promises settle within ten seconds with what is known, without a module', options, async () => {
  shop.serve('', OFF);
  shop.paths['/wayside-glue.js'] = hang;
  await page.clock.install();
  await open();
  await page.evaluate(() => {
    const { wayside } = window;
    wayside('quiz', { n: 1 });
    window.noted = [];
    void Promise.all([wayside.flush(), wayside.stage(), wayside.visitor(), wayside.status()]).then((all) => window.noted.push(...all));
  });
  await page.clock.runFor(10_000);
  const [flushed, stage, visitor, status] = (await page.evaluate(() => window.noted)) as unknown[];
  assert.deepEqual([flushed ?? undefined, stage], [undefined, 'awareness']);
  assert.match(String(visitor), /^[0-9a-f]{32}$/);
  assert.deepEqual(status, { captured: 2, acked: 0, dropped: 0, pending: 2, refused: 0, repaired: 0, consent: 'granted', remembered: true });
});

test('flush settles within ten seconds if the collector does not answer', options, async () => {
  shop.serve('', OFF);
  await page.clock.install();
  await visit();
  await page.route('**/v1/batch**', () => undefined);
  await page.evaluate(() => {
    window.wayside('quiz', { n: 1 });
    void window.wayside.flush().then(() => window.noted.push('flushed'));
  });
  await page.clock.runFor(9_000);
  assert.deepEqual(await page.evaluate(() => window.noted), []);
  await page.clock.runFor(1_000);
  assert.deepEqual(await page.evaluate(() => window.noted), ['flushed']);
  const { pending } = await page.evaluate(() => window.wayside.status());
  assert.ok(pending > 0);
});

test('an error in a loop costs no order, and its number arrives', options, async () => {
  shop.serve('', OFF);
  await visit();
  await page.evaluate(async () => {
    for (let n = 0; n < 500; n++) {
      const error = new TypeError(`number ${n}`);
      dispatchEvent(new ErrorEvent('error', { error, filename: 'https://shop.example/app.js' }));
      if (n === 250) window.wayside('purchase', { transaction_id: 'T1', value: 1, currency: 'EUR' });
    }
    await window.wayside.flush();
  });
  assert.equal(shop.told('purchase').length, 1);
  shop.paths['/away'] = '<!doctype html><link rel="icon" href="data:,">';
  await page.goto(`${shop.origin}/away`);
  const counts = (): number[] => shop.told('page_error').map(({ count }) => Number(count ?? 1));
  await shop.sink.until(() => (counts().reduce((sum, one) => sum + one, 0) === 500 ? true : undefined), 60_000);
  assert.deepEqual(counts(), [1, 1, 1, 7, 90, 400]);
});

test('without Wasm, an event that cannot be read costs no other, and errors in a loop are counted', options, async () => {
  shop.serve('', OFF);
  means(/HTTP 404/);
  meansRefusals(/recursion limit/);
  shop.paths['/wayside.wasm'] = (_, response) => response.writeHead(404).end();
  await open();
  await page.evaluate(() => {
    let deep: unknown = 1;
    for (let n = 0; n < 300; n++) deep = { deep };
    for (let n = 0; n < 1_500; n++) window.wayside('step', { n, ...(n === 700 && { deep }) });
    for (let n = 0; n < 50; n++) dispatchEvent(new ErrorEvent('error', { error: new TypeError('x'), filename: 'https://shop.example/app.js' }));
  });
  await shop.sink.until(() => (numbers('step').length >= 1_499 ? true : undefined), 120_000);
  assert.deepEqual(
    numbers('step'),
    Array.from({ length: 1_500 }, (_, n) => n).filter((n) => n !== 700),
  );
  const status = await page.evaluate(() => window.wayside.status());
  assert.equal(status.refused, 1);
  await flush();
  assert.equal(shop.told('page_error').length, 3);
});

test('an open tab takes over what a tab that crashed has left', options, async () => {
  shop.serve('', OFF);
  await page.clock.install();
  await visit();
  // Tabs of a site are one process, and a crash would end both: the other tab has a storage of its own, and what is in it goes over.
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.route('**/v1/batch**', (route) => route.abort());
  await other.addInitScript(() => (navigator.sendBeacon = () => true));
  await other.goto(shop.origin);
  await other.waitForFunction(() => window.wayside?.on);
  await other.evaluate(async () => {
    window.wayside('quiz', { n: 7 });
    await window.wayside.status();
  });
  const outbox = (): [string, string][] => Object.entries({ ...localStorage }).filter(([key]) => key.startsWith('wayside.outbox.')) as [string, string][];
  await other.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('wayside.outbox.')));
  const left = await other.evaluate(outbox);
  await elsewhere.close();
  await page.evaluate((left) => left.forEach(([key, text]) => localStorage.setItem(key, text)), left);
  assert.deepEqual(numbers('quiz'), []);
  await page.clock.runFor(90_000);
  await flush();
  assert.deepEqual(numbers('quiz'), [7]);
});

test('keys of Wayside in storage that are damaged heal, and the page records', options, async () => {
  shop.serve('', OFF);
  shop.paths['/empty'] = '<!doctype html><link rel="icon" href="data:,">';
  const damaged = ['{"', '\u0000', 'AAAA', 'null', '[]', '5', '<script>', 'x'.repeat(100_000)];
  for (const text of damaged) {
    await page.goto(`${shop.origin}/empty`);
    await page.evaluate((text) => {
      localStorage.clear();
      for (const what of ['visitor', 'journey', 'settings', 'outbox']) localStorage.setItem(`wayside.${what}.shop${what === 'outbox' ? '.1' : ''}`, text);
    }, text);
    const before = shop.told('page_view').length;
    await visit();
    await flush();
    assert.equal(shop.told('page_view').length, before + 1, text.slice(0, 10));
    const healed = await page.evaluate(() => [localStorage.getItem('wayside.visitor.shop'), localStorage.getItem('wayside.outbox.shop.1')]);
    // Any short text may be a visitor's id.
    assert.ok(String(healed[0]).length <= 128, text.slice(0, 10));
    assert.equal(healed[1], null);
  }
});

test('a word that means nothing changes nothing, and is said with those that do', options, async () => {
  shop.serve('', { attributes: 'data-off="click user_engagement web_vitals"' });
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await visit();
  await page.evaluate(() => {
    const wayside = window.wayside as unknown as Record<'consent' | 'on', (...args: unknown[]) => void>;
    for (const word of ['yes', true, undefined, 'Granted']) wayside.consent(word);
    wayside.on('signals', () => undefined);
    window.wayside('quiz');
  });
  await flush();
  assert.equal(shop.told('quiz').length, 1);
  const words = said.filter((text) => text.includes('did you mean'));
  assert.equal(words.length, 5, said.join('\n'));
  assert.match(words[0]!, /consent.*"yes".*granted or denied/);
  assert.match(words[4]!, /on.*"signals".*signal or touchpoint/);
});

test('a site that the collector does not know is said once, without debug mode', options, async () => {
  shop.paths['/'] = '<!doctype html><link rel="icon" href="data:,"><script async src="/wayside.js" data-site="shop"></script>';
  await page.route('**/v1/batch**', (route) => route.fulfill({ status: 403, body: '{}' }));
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await visit();
  await page.evaluate(async () => {
    for (let n = 0; n < 3; n++) {
      window.wayside('quiz', { n });
      await window.wayside.flush();
    }
  });
  const stopped = said.filter((text) => text.startsWith('wayside: stopped'));
  assert.deepEqual(stopped.length, 1, said.join('\n'));
  assert.match(stopped[0]!, /HTTP 403: the collector does not take this data-site and data-key/);
});
