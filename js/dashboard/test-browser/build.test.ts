/** What the build holds: small at first, nothing inline, nothing made up. */

import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { FIRST_SECTION } from '../src/sections.ts';

const dist = new URL('../dist/', import.meta.url);
const page = readFileSync(new URL('index.html', dist), 'utf8');
const scripts = readdirSync(new URL('assets/', dist)).filter((name) => name.endsWith('.js'));

const budgets = budgetsOf(readFileSync(new URL('../../../tests/budgets.toml', import.meta.url), 'utf8'));

test('the scripts that load first, and all together, keep to the budget', () => {
  const entries = scripts.filter((name) => page.includes(name) || name.startsWith(`${FIRST_SECTION}-`));
  expect(entries.length).toBeGreaterThan(1);
  const first = withImports(entries);
  expect(first.filter((name) => name.startsWith('echarts'))).toEqual([]);
  expect(brotli(first), first.join(', ')).toBeLessThanOrEqual(budgets('first'));
  expect(brotli(scripts)).toBeLessThanOrEqual(budgets('all'));
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

/** The scripts with all that they import, other than on demand. */
function withImports(names: readonly string[]): string[] {
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const source = readFileSync(new URL(`assets/${name}`, dist), 'utf8');
    for (const [, imported] of source.matchAll(/(?:\bfrom|\bimport)\s*["'`]\.\/([^"'`]+)["'`]/g)) open.push(imported ?? '');
  }
  return [...found].sort();
}

/** The budgets of the table `[dashboard]`, by name. */
function budgetsOf(toml: string): (name: string) => number {
  const table = toml.split(/^\[dashboard\]$/m)[1]?.split(/^\[/m)[0] ?? '';
  return (name) => {
    const bytes = Number(new RegExp(`^${name} = (\\d+)$`, 'm').exec(table)?.[1]);
    if (!(bytes > 0)) throw new Error(`tests/budgets.toml has no budget "${name}" under [dashboard]`);
    return bytes;
  };
}
