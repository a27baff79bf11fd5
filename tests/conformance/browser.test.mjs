// Every journey of tests/journeys, as Wasm in Chromium: the model must give the same bytes as natively.
//
// `cargo xtask test --only corpus` builds the Wasm and names its folder in WAYSIDE_CONFORMANCE.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { browserPath, CHROMIUM_FLAGS } from '../e2e/browser.mjs';

const BUILT = process.env.WAYSIDE_CONFORMANCE;
if (!BUILT) throw new Error('WAYSIDE_CONFORMANCE is not set: run `cargo xtask test --only corpus`');

const CORPUS = join(import.meta.dirname, '../journeys');
const TYPES = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' };

let server;
let browser;
let page;

before(async () => {
  server = createServer(async (request, response) => {
    const name = request.url === '/' ? 'index.html' : request.url.slice(1);
    const body = name === 'index.html' ? '<!doctype html><title>Corpus</title>' : await readFile(join(BUILT, name)).catch(() => undefined);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': TYPES[name.split('.').pop()] ?? 'text/plain' });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  browser = await chromium.launch({ executablePath: browserPath(), args: CHROMIUM_FLAGS });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(async () => {
    const { default: init, run } = await import('/conformance.js');
    await init({ module_or_path: '/conformance_bg.wasm' });
    globalThis.run = run;
  });
});

after(async () => {
  await browser?.close();
  server?.close();
});

const journeys = (await readdir(CORPUS)).filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length));

test('the corpus is there', () => {
  assert.ok(journeys.length >= 25, `${journeys.length} journeys in ${CORPUS}`);
});

for (const name of journeys) {
  test(name, async () => {
    const jsonl = await readFile(join(CORPUS, `${name}.jsonl`), 'utf8');
    const expected = await readFile(join(CORPUS, `${name}.expected.json`), 'utf8');
    assert.equal(await page.evaluate((text) => globalThis.run(text), jsonl), expected);
  });
}
