import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { parsePasses, Poll, POLL_MS, readingOf } from '../src/data/progress.ts';
import type { Pass } from '../src/generated/reports.ts';

const pass = (fields: Partial<Pass>): Pass => ({
  site: 'shop',
  reports: ['kpis', 'funnel'],
  from: null,
  to: null,
  timezone: 'UTC',
  traffic: 'people',
  state: 'running',
  buckets_done: 3,
  buckets: 16,
  seconds: 1.25,
  ...fields,
});

const asked = { report: 'kpis', site: 'shop', scope: {} };

describe('the passes of the server', () => {
  test('are read, and what is none is left out', () => {
    expect(parsePasses({ passes: [pass({}), null, { site: 'shop' }] })).toEqual([pass({})]);
    expect(() => parsePasses([])).toThrow('no list of passes');
  });

  test('that answer what was asked are counted together', () => {
    const earlier = { ...asked, scope: { from: '2026-10-01' } };
    const passes = [
      pass({}),
      // Midnight of 1 October in Berlin.
      pass({ from: Date.UTC(2026, 8, 30, 22), timezone: 'Europe/Berlin', buckets_done: 1, buckets: 4, seconds: 7 }),
    ];
    expect(readingOf(passes, [asked, earlier])).toEqual({ partsDone: 4, parts: 20, seconds: 7 });
    expect(readingOf(passes, [asked])).toEqual({ partsDone: 3, parts: 16, seconds: 1.25 });
  });

  test.each([
    [{ site: 'other' }, {}],
    [{ reports: ['paths' as const] }, {}],
    [{ from: Date.UTC(2026, 9, 1) }, {}],
    [{}, { traffic: 'automated' as const }],
  ])('%j is not the one that answers %j', (fields, scope) => {
    expect(readingOf([pass(fields)], [{ ...asked, scope }])).toBeUndefined();
  });
});

describe('a poll', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('asks once for all who wait, and ends with the last of them', async () => {
    let asks = 0;
    const shown: unknown[] = [];
    const poll = new Poll(
      () => Promise.resolve((asks += 1)),
      (answer) => shown.push(answer),
    );
    const [first, second] = [poll.join(), poll.join()];
    await vi.advanceTimersByTimeAsync(2 * POLL_MS);
    expect([asks, shown]).toEqual([3, [1, 2, 3]]);
    first();
    first();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(asks).toBe(4);
    second();
    await vi.advanceTimersByTimeAsync(5 * POLL_MS);
    expect([asks, shown.at(-1)]).toEqual([4, undefined]);
  });

  test('of a server that does not say shows nothing and asks no more', async () => {
    let asks = 0;
    const shown: unknown[] = [];
    const poll = new Poll(
      () => {
        asks += 1;
        return Promise.reject(new Error('404'));
      },
      (answer) => shown.push(answer),
    );
    const leave = poll.join();
    await vi.advanceTimersByTimeAsync(5 * POLL_MS);
    expect([asks, shown]).toEqual([1, [undefined]]);
    leave();
    poll.join();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(asks).toBe(2);
  });
});
