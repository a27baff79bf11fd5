import { expect, test } from 'vitest';

import { drawable, ranked } from '../src/charts/report.ts';
import { parseReport } from '../src/data/report.ts';

const columns = [
  { name: 'signal', type: 'text' },
  { name: 'family', type: 'text' },
  { name: 'page', type: 'text' },
  { name: 'times', type: 'number', unit: 'count' },
  { name: 'sessions', type: 'number', unit: 'count', main: true },
  { name: 'difference', type: 'number', unit: 'ratio' },
];

/** The first column that can be drawn, drawn. */
function drawn(json: { readonly columns: unknown; readonly rows: unknown }): unknown {
  const report = parseReport(json);
  const [first] = drawable(report);
  return first === undefined ? undefined : ranked(report, first);
}

test('any report is drawn by the column that it names', () => {
  const rows = [
    ['quick_back', 'friction', '/a_b', 9, 2, null],
    ['rage_click', 'friction', '', 3, 3, 0.5],
    ['dead_click', 'friction', '', 3, 0, null],
  ];
  expect(drawn({ columns, rows })).toEqual({
    title: 'Sessions',
    unit: 'count',
    bars: [
      { label: 'rage click', value: 3, text: '3' },
      { label: 'quick back · /a_b', value: 2, text: '2' },
    ],
  });
});

test('a report with nothing to compare is not drawn', () => {
  expect(drawn({ columns, rows: [['quick_back', 'friction', '/a', 9, 2, null]] })).toBeUndefined();
  expect(drawn({ columns: columns.slice(0, 3), rows: [['a', 'b', 'c'], ['d', 'e', 'f']] })).toBeUndefined();
});
