import { expect, test } from 'vitest';

import { hasPeriods, overTime } from '../src/charts/periods.ts';
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

test('a figure of each period is a line for each group, the largest first, with gaps where it is unknown', () => {
  const report = parseReport({
    columns: ['period', 'group', 'name', 'value', 'unit', 'complete'].map((name) => ({ name, type: name === 'value' ? 'number' : 'text' })),
    rows: [
      ['2026-05-01', 'email', 'conversion_rate', null, 'ratio', 'yes'],
      ['2026-05-01', 'direct', 'conversion_rate', 0.2, 'ratio', 'yes'],
      ['2026-05-02', 'email', 'conversion_rate', 0.1, 'ratio', 'no'],
      ['2026-05-02', 'direct', 'conversion_rate', 0.4, 'ratio', 'no'],
    ],
  });
  expect(hasPeriods(report)).toBe(true);
  const figure = overTime(report).get('conversion_rate');
  expect(figure).toMatchObject({ title: 'Conversion rate', unit: 'ratio', periods: ['2026-05-01', '2026-05-02'] });
  expect([...(figure?.partial ?? [])]).toEqual(['2026-05-02']);
  expect(figure?.lines).toEqual([
    { group: 'direct', values: [0.2, 0.4] },
    { group: 'email', values: [null, 0.1] },
  ]);
  expect(hasPeriods(parseReport({ columns, rows: [] }))).toBe(false);
});
