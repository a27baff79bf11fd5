// The tracker as npm users get it: packed, installed into a clean folder, and run in headless Chromium as ES module, as script
// tag, and through Vite and webpack.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { Collector } from '../../js/tracker/test/collector.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const CHROMIUM = [process.env['WAYSIDE_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
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
/** A shop's own folder, with nothing but the tarball installed. */
let shop: string;
let server: ReturnType<typeof createServer>;
let origin: string;

before(async () => {
  assert.ok(CHROMIUM, 'these tests need Chromium: apt-get install chromium, or set WAYSIDE_CHROMIUM to its path');
  shop = await mkdtemp(join(tmpdir(), 'wayside-packaging-'));
  const { stdout } = await run('npm', ['pack', '--silent', '-w', '@wayside/tracker', '--pack-destination', shop], { cwd: ROOT });
  await put('package.json', JSON.stringify({ name: 'shop', private: true, type: 'module' }));
  // Without dependencies there is nothing to ask a registry for.
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${stdout.trim()}`], { cwd: shop });
  await put('src/main.ts', MAIN);
  await put('src/main.js', MAIN.replace(', type Wayside', '').replace(': Wayside', ''));
  server = createServer((request, response) => void serve(new URL(request.url ?? '/', 'http://x').pathname, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
});
after(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
  await rm(shop, { recursive: true });
});

beforeEach(async () => {
  collector = new Collector();
  to = await collector.open();
});
afterEach(() => collector.close());

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(shop, path)), { recursive: true });
  await writeFile(join(shop, path), text);
}

/** Files of the shop's folder, as any static server gives them. */
async function serve(path: string, response: import('node:http').ServerResponse): Promise<void> {
  try {
    const file = await readFile(join(shop, path));
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
  const installed = join(shop, 'node_modules/@wayside/tracker');
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
  assert.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
  for (const file of ['README.md', 'dist/esm.js', 'dist/slim.js', 'dist/wayside.js', 'dist/wayside-glue.js', 'dist/wayside-alone.js', 'dist/wayside.wasm', 'dist/integrity.json']) {
    assert.ok(existsSync(join(installed, file)), `${file} is missing`);
  }
  assert.ok(!existsSync(join(installed, 'src')) && !existsSync(join(installed, 'test')), 'sources are packed');
});

for (const moduleResolution of ['bundler', 'nodenext']) {
  test(`its types are right under strict and ${moduleResolution}`, options, async () => {
    const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext';
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], module, moduleResolution };
    await put(`tsconfig.${moduleResolution}.json`, JSON.stringify({ compilerOptions, files: ['src/main.ts', 'src/wrong.ts'] }));
    await put('src/wrong.ts', `import { init } from '@wayside/tracker';\n// @ts-expect-error a site is needed\ninit({});\n`);
    await run('node', [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', `tsconfig.${moduleResolution}.json`], { cwd: shop });
  });
}

test('as an ES module, without a bundler', options, async () => {
  const imports = { '@wayside/tracker': '/node_modules/@wayside/tracker/dist/esm.js' };
  await put('esm.html', `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="/src/main.js"></script>`);
  await arrives('esm.html');
});

test('as a script tag, pinned by the value that is packed', options, async () => {
  const integrity = JSON.parse(await readFile(join(shop, 'node_modules/@wayside/tracker/dist/integrity.json'), 'utf8')) as Record<string, string>;
  // Browsers pass over a value that is none.
  assert.match(integrity['wayside.js'] ?? '', /^sha384-[\w+/]{64}$/);
  const html = `<!doctype html><link rel="icon" href="data:,">
    <script async src="/node_modules/@wayside/tracker/dist/wayside.js" integrity="${integrity['wayside.js']}" data-site="shop" data-endpoint="${to}"></script>
    <script>window.wayside ??= function () { (wayside.q ??= []).push(arguments) }; wayside('view_item', { items: [{ item_id: 'packed' }] });</script>`;
  await put('tag.html', html);
  await arrives('tag.html');
});

test('through Vite', options, async () => {
  await put('index.html', '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/src/main.ts"></script>');
  await vite({ root: shop, configFile: false, logLevel: 'error', base: '/vite/', build: { outDir: 'vite', emptyOutDir: true } });
  await arrives('vite/index.html');
});

test('through webpack', options, async () => {
  const compiler = webpack({
    mode: 'production',
    context: shop,
    entry: './src/main.js',
    output: { path: join(shop, 'webpack'), publicPath: '/webpack/' },
  });
  const stats = await promisify(compiler.run.bind(compiler))();
  assert.ok(!stats?.hasErrors(), stats?.toString({ errors: true, all: false }));
  await put('webpack/index.html', '<!doctype html><link rel="icon" href="data:,"><script defer src="/webpack/main.js"></script>');
  await arrives('webpack/index.html');
});
