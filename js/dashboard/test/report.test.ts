import { describe, expect, test } from 'vitest';

import { parseReport, parseReports, parseSites, rowsOf } from '../src/data/report.ts';

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
    { site: 'new', events: 0, people: 0, automated: 0, dead: 0, first: undefined, last: undefined, timezone: 'UTC', simulated: false, stage_labels: {}, segments: {} },
  ]);
  expect(parseSites([{ site: 'shop', timezone: 'Europe/Berlin' }])[0]?.timezone).toBe('Europe/Berlin');
  expect(parseSites([{ site: 'made-up', simulated: true }])[0]?.simulated).toBe(true);
  expect(() => parseSites({})).toThrow('the list of sites is not a list');
});

test('reports come with their parameters, choices and defaults', () => {
  const window = { name: 'window_days', type: 'number', default: '30', doc: 'Days.' };
  const order = { name: 'order', type: 'choice', choices: ['ordered', 'any', 7], default: 'ordered', doc: '' };
  expect(
    parseReports([
      { name: 'kpis', params: [] },
      { name: 'funnel', title: 'Funnel', doc: 'How many?', params: [window, order] },
    ]),
  ).toEqual([
    { name: 'kpis', title: 'kpis', doc: '', params: [] },
    {
      name: 'funnel',
      title: 'Funnel',
      doc: 'How many?',
      params: [
        { ...window, choices: [] },
        { ...order, choices: ['ordered', 'any'] },
      ],
    },
  ]);
  expect(() => parseReports([{ params: [] }])).toThrow('a report in the list has no name');
});

test('a report says its zone, its length and where its cells lead', () => {
  const report = parseReport({
    columns: [{ name: 'customer', type: 'text', link: 'customer' }],
    rows: [],
    timezone: 'Europe/Berlin',
    total: 431,
  });
  expect([report.timezone, report.total, report.columns[0]?.link]).toEqual(['Europe/Berlin', 431, 'customer']);
});
