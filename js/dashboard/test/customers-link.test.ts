import { expect, test } from 'vitest';

import { parseReport, rowsOf } from '../src/data/report.ts';
import { customersHref, type Context } from '../src/ui/context.ts';

const context = {
  state: {},
  reports: [{ name: 'customers', params: [{ name: 'signal' }, { name: 'element' }, { name: 'field' }, { name: 'limit' }] }],
  href: ({ options }: { options: ReadonlyMap<string, string> }) => JSON.stringify([...options]),
} as unknown as Context;

const many = {
  ...context,
  reports: [{ name: 'customers', params: ['steps', 'reached', 'outcome', 'order'].map((name) => ({ name })) }],
} as unknown as Context;

test('a report and its columns say what their links ask for besides the words of the row', () => {
  const report = parseReport({
    link_params: { steps: 'view_item,purchase', order: 'any', unknown: 'x' },
    columns: [
      { name: 'step', param: 'reached' },
      { name: 'order' },
      { name: 'customers', link: 'customers' },
      { name: 'lost', link: 'customers', link_params: { outcome: 'lost' } },
    ],
    rows: [[2, 'strict', 19, 3]],
  });
  const [row] = rowsOf(report);
  const asked = [['steps', 'view_item,purchase'], ['order', 'strict'], ['reached', '2']];
  expect(row && customersHref(row, many, report.columns[2])).toBe(JSON.stringify(asked));
  expect(row && customersHref(row, many, report.columns[3])).toBe(JSON.stringify([...asked, ['outcome', 'lost']]));
});

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
