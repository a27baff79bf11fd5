/** Visitors choose referrers, search terms and names: no source of the page may turn text into markup or code. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const src = new URL('../src/', import.meta.url);
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));

/** Each way from text to markup or code. An inline style in JSX is an object, which the CSP permits; as text it is not. */
const WAYS: readonly RegExp[] = [
  /dangerouslySetInnerHTML/,
  /\b(inner|outer)HTML\b/,
  /insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|parseFromString/,
  /document\.write/,
  /\beval\(|new Function\(/,
  /\bsrcdoc\b/i,
  /\sstyle="/,
  /setAttribute\(['"]style/,
];

test('text is only ever text', () => {
  expect(sources.length).toBeGreaterThan(40);
  const found = sources.flatMap((name) => {
    const source = readFileSync(new URL(name, src), 'utf8');
    return WAYS.filter((way) => way.test(source)).map((way) => `${name}: ${way.source}`);
  });
  expect(found).toEqual([]);
});
