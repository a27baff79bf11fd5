/** The page against the real answers that the contract is made from. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { parseReport, parseReports, parseSites, rowsOf, type ParamsOf, type Report } from '../src/data/report.ts';
import { COLUMNS } from '../src/generated/reports.ts';

const folder = new URL('../dev/generated/', import.meta.url);
const answer = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
const answers = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));

describe('each answer of the server is read with every column of the contract', () => {
  test.each(Object.entries(COLUMNS))('%s', (name, columns) => {
    expect(answers).toContain(name);
    const report = parseReport(answer(name));
    expect(report.name).toBe(name);
    expect(report.columns.map((column) => column.name)).toEqual(Object.keys(columns));
    expect(Object.fromEntries(report.columns.map((column) => [column.name, column]))).toMatchObject(columns);
    expect(report.rows.length).toBeGreaterThan(0);
  });
});

test('the lists of sites and reports are read as the server writes them', () => {
  expect(parseReports(answer('reports')).map(({ name }) => name)).toEqual(Object.keys(COLUMNS));
  const robots = parseSites(answer('sites')).find(({ site }) => site === 'robots');
  expect(robots).toMatchObject({ people: 0, automated: robots?.events });
});

test('a column or parameter that a report does not have is an error of its type', () => {
  const [row] = rowsOf(parseReport(answer('funnel')) as Report<'funnel'>);
  expect(row?.number('customers')).toBeGreaterThan(0);
  // @ts-expect-error: misspelt.
  expect(row?.number('custmers')).toBeUndefined();
  // @ts-expect-error: a text.
  expect(row?.number('kind')).toBeUndefined();
  const params: ParamsOf<'funnel'>[] = [
    { order: 'any', window_days: 7 },
    // @ts-expect-error: not one of its choices.
    { order: 'some' },
    // @ts-expect-error: a parameter of another report.
    { top: 7 },
  ];
  expect(params).toHaveLength(3);
});
