// `@wayside/testing` as npm users get it: packed, installed into a clean folder, and used from Node and from Playwright.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { browserPath, CHROMIUM_FLAGS } from '../e2e/browser.mjs';
import { Project } from './project.ts';

/** None takes longer, on a busy machine either. */
const options = { timeout: 120_000 };

/** A test without a browser: it sends what a page would, and asks for the SDK. */
const NODE = `import { checkPlan, parsePlan, startSink } from '@wayside/testing';

const sink = await startSink();
const events = [{ time: Date.now(), kind: 'add_to_cart', currency: 'USD', value: 19.9 }];
const batch = { v: 1, site: 'shop', writer: '0'.repeat(32), visitor: 'v', consent: 'granted', automated: true, first_seq: 0, events };
const answer = await fetch(sink.url + '/v1/batch', { method: 'POST', body: JSON.stringify(batch) });
const cart = await sink.waitFor('add_to_cart', { value: 19.9 });
const plan = parsePlan('touchpoints: { add_to_cart: { properties: { currency: { values: [EUR] } } } }');
const { violations } = checkPlan(plan, sink.touchpoints());
const sdk = await fetch(sink.url + '/wayside.js');
console.log(JSON.stringify({ answer: answer.status, stage: cart.stage, path: violations[0]?.path, sdk: sdk.status }));
await sink.close();
`;

const SPEC = `import { definePlan } from '@wayside/testing';
import { expect, test } from '@wayside/testing/playwright';

test('a page is heard', async ({ page, wayside }) => {
  const body = '<!doctype html><title>Shop</title><script async src="https://collect.example/wayside.js" data-site="shop"></script>';
  await page.route('https://shop.example/', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto('https://shop.example/');
  await expect(wayside).toHaveTouchpoint('page_view', { title: 'Shop' });
  await expect(wayside).not.toHaveTouchpoint('purchase');
  await expect(wayside).toFollowPlan(definePlan({ touchpoints: { page_view: { required: ['url'] } } }));
  await expect(wayside).not.toFollowPlan(definePlan({ touchpoints: {} }));
});
`;

/** What must not pass the type checker. */
const WRONG = `import { definePlan, startSink, type Plan } from '@wayside/testing';
import { expect, test } from '@wayside/testing/playwright';

const plan: Plan = { touchpoints: { page_view: null } };
definePlan(plan);
// @ts-expect-error a plan has no such type
definePlan({ touchpoints: { nps: { properties: { score: { type: 'int' } } } } });
test('types', async ({ wayside }) => {
  const sink = await startSink();
  const cart = await sink.waitFor('add_to_cart');
  const value: number | undefined = cart.value;
  expect(value).toBe(1);
  // @ts-expect-error an amount is no text
  await expect(wayside).toHaveTouchpoint('add_to_cart', { value: 'x' });
});
`;

let shop: Project;

before(async () => {
  shop = await Project.with('@wayside/tracker', '@wayside/testing');
});
after(() => shop.remove());

test('the tarball holds what it needs, and asks for no more than the tracker', options, async () => {
  const installed = shop.path('node_modules/@wayside/testing');
  const { dependencies, peerDependenciesMeta } = JSON.parse(await readFile(`${installed}/package.json`, 'utf8')) as Record<string, object>;
  assert.deepEqual(Object.keys(dependencies ?? {}), ['@wayside/tracker']);
  assert.deepEqual(peerDependenciesMeta, { '@playwright/test': { optional: true } });
  for (const file of ['README.md', 'dist/index.js', 'dist/index.d.ts', 'dist/playwright.js', 'dist/playwright.d.ts', 'dist/model/testing.js', 'dist/model/testing_bg.wasm']) {
    assert.ok(existsSync(`${installed}/${file}`), `${file} is missing`);
  }
  assert.ok(!existsSync(`${installed}/src`) && !existsSync(`${installed}/test`), 'sources are packed');
});

// First, while there is no Playwright in the folder.
test('its functions run in Node without Playwright', options, async () => {
  assert.ok(!existsSync(shop.path('node_modules/@playwright')));
  await shop.put('sink.mjs', NODE);
  assert.deepEqual(JSON.parse(await shop.run('node', 'sink.mjs')), { answer: 200, stage: 'purchase', path: 'currency', sdk: 200 });
});

test('its fixture runs in Playwright', options, async () => {
  await shop.link('@playwright/test');
  const config = {
    testDir: 'tests',
    reporter: 'line',
    // A busy machine takes longer than the defaults.
    timeout: 90_000,
    expect: { timeout: 30_000 },
    use: { browserName: 'chromium', launchOptions: { executablePath: browserPath(), args: CHROMIUM_FLAGS } },
  };
  await shop.put('playwright.config.mjs', `export default ${JSON.stringify(config)};\n`);
  await shop.put('tests/shop.spec.ts', SPEC);
  const printed = await shop.run('node', 'node_modules/@playwright/test/cli.js', 'test');
  assert.match(printed, /^ {2}1 passed/m);
});

for (const moduleResolution of ['bundler', 'nodenext'] as const) {
  test(`its types are right under strict and ${moduleResolution}`, options, async () => {
    await shop.link('@types');
    await shop.put('tests/wrong.ts', WRONG);
    await shop.typeCheck(moduleResolution, ['node'], ['tests/shop.spec.ts', 'tests/wrong.ts']);
  });
}
