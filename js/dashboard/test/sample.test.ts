import { expect, test } from 'vitest';

import { parseReport, rowsOf } from '../src/data/report.ts';
import { isFew } from '../src/data/sample.ts';

const row = (answer: object) => {
  const [row] = rowsOf(parseReport({ columns: [{ name: 'sessions', type: 'number' }], rows: [[30]], ...answer }));
  if (row === undefined) throw new Error('the report has no row');
  return row;
};

test('the answer says how many cases are too few', () => {
  expect([49, 50].map((cases) => isFew(cases, row({ cases_min: 50 })))).toEqual([true, false]);
});
