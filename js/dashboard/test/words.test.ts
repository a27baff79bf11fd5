import { expect, test } from 'vitest';

import type { Context } from '../src/ui/context.ts';
import { daysText } from '../src/ui/words.ts';

const DATA = { first: Date.UTC(2026, 7, 26), last: Date.UTC(2026, 10, 30, 23, 30) };

function days(scope: Context['scope'], data: Partial<typeof DATA> = DATA, timezone = 'UTC'): string {
  return daysText({ scope, site: { first: undefined, last: undefined, ...data, timezone } } as Context);
}

test('a picture names the days that were asked for, else those of the data in the site’s zone', () => {
  expect(days({ from: '2026-11-01', to: '2026-11-30' })).toBe('1 Nov 2026 – 30 Nov 2026');
  expect(days({ from: '2026-11-30', to: '2026-11-30' })).toBe('30 Nov 2026');
  expect(days({})).toBe('26 Aug 2026 – 30 Nov 2026');
  expect(days({}, DATA, 'Europe/Berlin')).toBe('26 Aug 2026 – 1 Dec 2026');
  expect(days({}, {})).toBe('');
});
