import { expect, test } from 'vitest';

import { ranked } from '../src/charts/report.ts';
import { parseReport } from '../src/data/report.ts';

const columns = [
  { name: 'signal', type: 'text' },
  { name: 'family', type: 'text' },
  { name: 'page', type: 'text' },
  { name: 'times', type: 'number', unit: 'count' },
  { name: 'sessions', type: 'number', unit: 'count' },
  { name: 'difference', type: 'number', unit: 'ratio' },
];

test('any report is drawn by what concerns most', () => {
  const rows = [
    ['quick_back', 'friction', '/a_b', 9, 2, null],
    ['rage_click', 'friction', '', 3, 3, 0.5],
    ['dead_click', 'friction', '', 3, 0, null],
  ];
  expect(ranked(parseReport({ columns, rows }))).toEqual({
    title: 'Sessions',
    bars: [
      { label: 'rage click', value: 3, text: '3' },
      { label: 'quick back · /a_b', value: 2, text: '2' },
    ],
  });
});

test('a report with nothing to compare is not drawn', () => {
  expect(ranked(parseReport({ columns, rows: [['quick_back', 'friction', '/a', 9, 2, null]] }))).toBeUndefined();
  expect(ranked(parseReport({ columns: columns.slice(0, 3), rows: [['a', 'b', 'c'], ['d', 'e', 'f']] }))).toBeUndefined();
});
