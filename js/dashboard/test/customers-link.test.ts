import { expect, test } from 'vitest';

import { parseReport, rowsOf } from '../src/data/report.ts';
import { customersHref, type Context } from '../src/ui/context.ts';

const context = {
  state: {},
  reports: [{ name: 'customers', params: [{ name: 'signal' }, { name: 'element' }, { name: 'field' }, { name: 'limit' }] }],
  href: ({ options }: { options: ReadonlyMap<string, string> }) => JSON.stringify([...options]),
} as unknown as Context;

function link(element: string | null): string | undefined {
  const report = parseReport({
    columns: [{ name: 'signal' }, { name: 'element' }],
    rows: [['rage_click', element]],
    notes: [],
  });
  return rowsOf(report).map((row) => customersHref(row, context))[0];
}

test.each<[string, string | null, [string, string][]]>([
  ['an element', 'buy', [['element', 'buy']]],
  ['no element', '', [['element', '(none)']]],
  ['all elements', null, []],
])('the list behind a row of %s is as long as the row says', (_, element, words) => {
  expect(link(element)).toBe(JSON.stringify([['signal', 'rage_click'], ...words]));
});
