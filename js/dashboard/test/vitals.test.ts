import { expect, test } from 'vitest';

import { parseReport, rowsOf, type Report } from '../src/data/report.ts';
import { boardOf } from '../src/data/vitals.ts';

test('each page and device has one line, with the metrics that were measured', () => {
  const report = parseReport({
    columns: ['page', 'device', 'metric', 'p75'].map((name) => ({ name, type: name === 'p75' ? 'number' : 'text' })),
    rows: [
      ['/', 'mobile', 'LCP', 3100],
      ['/', 'mobile', 'CLS', 0.1],
      ['/', 'desktop', 'LCP', 1200],
      ['/cart', 'mobile', 'LCP', 2500],
    ],
  }) as Report<'vitals'>;
  const { metrics, lines } = boardOf(rowsOf(report));
  expect(metrics).toEqual(['LCP', 'CLS']);
  expect(lines.map(({ page, device, measured }) => [page, device, ...metrics.map((name) => measured.get(name)?.number('p75'))])).toEqual([
    ['/', 'mobile', 3100, 0.1],
    ['/', 'desktop', 1200, undefined],
    ['/cart', 'mobile', 2500, undefined],
  ]);
});
