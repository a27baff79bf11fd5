// The tracker as npm users get it: packed, installed into a clean folder, and run in headless Chromium as ES module, as script
// tag, and through Vite and webpack.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { Collector } from '../../js/tracker/test/collector.ts';
import { browserPath, CHROMIUM_FLAGS } from '../e2e/browser.mjs';
import { Project } from './project.ts';

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
/** None takes longer, on a busy machine either. */
const options = { timeout: 120_000 };

/** What a shop writes. */
const MAIN = `import { init, type Wayside } from '@wayside/tracker';

const wayside: Wayside = init({ site: 'shop', endpoint: new URLSearchParams(location.search).get('to') ?? '' });
wayside('view_item', { items: [{ item_id: 'packed', price: 19.9 }] });
wayside.on('signal', (signal) => console.info(signal.name));
Object.assign(window, { wayside });
`;

let browser: Browser;
let collector: Collector;
/** Where batches go. */
let to: string;
let shop: Project;
let server: ReturnType<typeof createServer>;
let origin: string;

before(async () => {
  shop = await Project.with('@wayside/tracker');
  await shop.put('src/main.ts', MAIN);
  await shop.put('src/main.js', MAIN.replace(', type Wayside', '').replace(': Wayside', ''));
  server = createServer((request, response) => void serve(new URL(request.url ?? '/', 'http://x').pathname, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath: browserPath(), args: CHROMIUM_FLAGS });
});
after(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
  await shop.remove();
});

beforeEach(async () => {
  collector = new Collector();
  to = await collector.open();
});
afterEach(() => collector.close());

/** Files of the shop's folder, as any static server gives them. */
async function serve(path: string, response: import('node:http').ServerResponse): Promise<void> {
  try {
    const file = await readFile(shop.path(path));
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
    response.end(file);
  } catch {
    response.writeHead(404).end();
  }
}

/** Opens a page of the shop and waits until its touchpoint has arrived, as the Wasm sends it. */
async function arrives(path: string): Promise<void> {
  const page = await browser.newPage();
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  page.on('console', (message) => message.type() === 'error' && mistakes.push(message.text()));
  await page.goto(`${origin}/${path}?to=${encodeURIComponent(to)}`);
  await collector.until((batches) => batches.some((batch) => batch.texts.includes('packed')));
  await page.close();
  assert.deepEqual(mistakes, [], 'the page saw an error');
}

test('the tarball holds what a page loads, types, and no dependency', options, async () => {
  const installed = shop.path('node_modules/@wayside/tracker');
  const { dependencies, peerDependencies } = JSON.parse(await readFile(`${installed}/package.json`, 'utf8')) as Record<string, unknown>;
  assert.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
  for (const file of ['README.md', 'dist/esm.js', 'dist/slim.js', 'dist/wayside.js', 'dist/wayside-glue.js', 'dist/wayside-alone.js', 'dist/wayside-rules.js', 'dist/wayside.wasm', 'dist/integrity.json']) {
    assert.ok(existsSync(`${installed}/${file}`), `${file} is missing`);
  }
  assert.ok(!existsSync(`${installed}/src`) && !existsSync(`${installed}/test`), 'sources are packed');
});

for (const moduleResolution of ['bundler', 'nodenext'] as const) {
  test(`its types are right under strict and ${moduleResolution}`, options, async () => {
    await shop.put('src/wrong.ts', `import { init } from '@wayside/tracker';\n// @ts-expect-error a site is needed\ninit({});\n`);
    await shop.typeCheck(moduleResolution, [], ['src/main.ts', 'src/wrong.ts']);
  });
}

test('as an ES module, without a bundler', options, async () => {
  const imports = { '@wayside/tracker': '/node_modules/@wayside/tracker/dist/esm.js' };
  await shop.put('esm.html', `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="/src/main.js"></script>`);
  await arrives('esm.html');
});

test('as a script tag, pinned by the value that is packed', options, async () => {
  const integrity = JSON.parse(await readFile(shop.path('node_modules/@wayside/tracker/dist/integrity.json'), 'utf8')) as Record<string, string>;
  // Browsers pass over a value that is none.
  assert.match(integrity['wayside.js'] ?? '', /^sha384-[\w+/]{64}$/);
  const html = `<!doctype html><link rel="icon" href="data:,">
    <script async src="/node_modules/@wayside/tracker/dist/wayside.js" integrity="${integrity['wayside.js']}" data-site="shop" data-endpoint="${to}"></script>
    <script>window.wayside ??= function () { (wayside.q ??= []).push(arguments) }; wayside('view_item', { items: [{ item_id: 'packed' }] });</script>`;
  await shop.put('tag.html', html);
  await arrives('tag.html');
});

test('through Vite', options, async () => {
  await shop.put('index.html', '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/src/main.ts"></script>');
  await vite({ root: shop.folder, configFile: false, logLevel: 'error', base: '/vite/', build: { outDir: 'vite', emptyOutDir: true } });
  await arrives('vite/index.html');
});

test('through webpack', options, async () => {
  const compiler = webpack({
    mode: 'production',
    context: shop.folder,
    entry: './src/main.js',
    output: { path: shop.path('webpack'), publicPath: '/webpack/' },
  });
  const stats = await promisify(compiler.run.bind(compiler))();
  assert.ok(!stats?.hasErrors(), stats?.toString({ errors: true, all: false }));
  await shop.put('webpack/index.html', '<!doctype html><link rel="icon" href="data:,"><script defer src="/webpack/main.js"></script>');
  await arrives('webpack/index.html');
});
