import { describe, expect, test } from 'vitest';

import { parseParameters, parseReport, parseSites, rowsOf } from '../src/data/report.ts';

test('a report is read by the names of its columns, in whatever order', () => {
  const report = parseReport({
    report: 'paths',
    title: 'Paths',
    columns: [
      { name: 'transitions', type: 'int', unit: 'count', doc: 'How often.' },
      { name: 'from', type: 'text' },
    ],
    rows: [
      [7, 'a'],
      [null, { nested: 1 }],
    ],
    notes: ['a note', 3],
  });
  const [first, second] = rowsOf(report);
  expect(first?.text('from')).toBe('a');
  expect(first?.number('transitions')).toBe(7);
  expect(first?.number('no_such_column')).toBeUndefined();
  expect(second?.number('transitions')).toBeUndefined();
  expect(second?.count('transitions')).toBe(0);
  expect(second?.text('from')).toBe('{"nested":1}');
  expect(report.notes).toEqual(['a note']);
  expect(report.events).toBeUndefined();
  expect(report.currency).toBeUndefined();
});

test('a report says the currency of its amounts where it knows one', () => {
  expect(parseReport({ columns: [], rows: [], currency: 'EUR' }).currency).toBe('EUR');
  expect(parseReport({ columns: [], rows: [], currency: null }).currency).toBeUndefined();
});

describe('an answer that is no report is refused with the reason', () => {
  test.each<[unknown, string]>([
    [null, 'the report is not an object'],
    [{ rows: [] }, 'columns is not a list'],
    [{ columns: [{}], rows: [] }, 'column 1 has no name'],
    [{ columns: [], rows: [1] }, 'row 1 is not a list'],
  ])('%j', (json, reason) => {
    expect(() => parseReport(json)).toThrow(reason);
  });
});

test('sites without data are read too', () => {
  expect(parseSites([{ site: 'new', events: 0, first: null, last: null }])).toEqual([
    { site: 'new', events: 0, dead: 0, first: undefined, last: undefined },
  ]);
  expect(() => parseSites({})).toThrow('the list of sites is not a list');
});

test('a report’s parameters come with their defaults', () => {
  const reports = [
    { name: 'kpis', params: [] },
    {
      name: 'funnel',
      params: [
        { name: 'window_days', type: 'number', default: '30', doc: '' },
        { name: 'steps', default: '' },
      ],
    },
  ];
  expect(parseParameters(reports, 'funnel')).toEqual([
    { name: 'window_days', default: '30' },
    { name: 'steps', default: '' },
  ]);
  expect(() => parseParameters(reports, 'churn')).toThrow('the list has no report churn');
});
