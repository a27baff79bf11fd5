import { expect, test } from 'vitest';

import { factsOf } from '../src/data/profile.ts';
import { parseReport } from '../src/data/report.ts';

const columns = ['name', 'of', 'value', 'unit', 'text', 'doc'].map((name) => ({
  name,
  type: name === 'value' ? 'number' : 'text',
}));

test('facts have their units, amounts their currency, and values of one name are one fact', () => {
  const report = parseReport({
    timezone: 'UTC',
    columns,
    rows: [
      ['stage', '', null, '', 'purchase', 'Stage of the last touchpoint.'],
      ['first_seen', '', Date.UTC(2026, 0, 2, 3, 4, 5), 'time', '', ''],
      ['orders', '', 2, 'count', '', ''],
      ['revenue', 'EUR', 58.9, 'money', '', ''],
      ['revenue', 'GBP', 10, 'money', '', ''],
      ['average_order_value', 'EUR', null, 'money', '', ''],
      ['open_cart', '', 3, 'count', 'shipping', ''],
      ['signal', 'rage_click', 2, 'count', '', ''],
      ['visitor', 'a_b-c', 12, 'count', '', ''],
    ],
  });
  expect(factsOf(report).map(({ name, values }) => [name, ...values])).toEqual([
    ['stage', 'purchase'],
    ['first_seen', expect.stringContaining('2 Jan 2026')],
    ['orders', '2'],
    ['revenue', '€58.90', '£10.00'],
    ['open_cart', '3, shipping'],
    ['signal', 'rage click: 2'],
    ['visitor', 'a_b-c: 12'],
  ]);
  expect(factsOf(report)[0]?.doc).toBe('Stage of the last touchpoint.');
});
