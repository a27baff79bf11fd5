/** What the build holds: small at first, nothing inline, nothing made up. */

import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';

const dist = new URL('../dist/', import.meta.url);
const page = readFileSync(new URL('index.html', dist), 'utf8');
const scripts = readdirSync(new URL('assets/', dist)).filter((name) => name.endsWith('.js'));

/** What is loaded before anything shows. A report's numbers and tables need no chart library. */
const FIRST_MAX_BYTES = 24_576;
/** Everything, the chart library with its three kinds of chart included. */
const ALL_MAX_BYTES = 196_608;

test('the first script is small, and so are all of them', () => {
  const first = scripts.filter((name) => page.includes(name));
  expect(first).toHaveLength(1);
  expect(brotli(first)).toBeLessThanOrEqual(FIRST_MAX_BYTES);
  expect(brotli(scripts)).toBeLessThanOrEqual(ALL_MAX_BYTES);
}, 60_000);

test('the page has no inline script or style and refers to its own folder only', () => {
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/);
  expect(page.match(/<script[^>]*>[^<]+/)).toBeNull();
  const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  expect(addresses.length).toBeGreaterThan(2);
  expect(addresses.filter((address) => address?.startsWith('./') !== true)).toEqual([]);
});

test('nothing of the made-up reports is in it', () => {
  const text = scripts.map((name) => readFileSync(new URL(`assets/${name}`, dist), 'utf8')).join('\n');
  expect(text).not.toContain('Kiln & Co');
  expect(text).not.toContain('Stoneware mug');
});

function brotli(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + brotliCompressSync(readFileSync(new URL(`assets/${name}`, dist))).length, 0);
}
