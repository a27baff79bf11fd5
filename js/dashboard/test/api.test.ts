import { afterEach, describe, expect, test, vi } from 'vitest';

import { ApiError, fetchReport, fetchSites, liveUrl } from '../src/data/api.ts';

afterEach(() => vi.unstubAllGlobals());

function answer(body: string, status = 200, headers: Record<string, string> = {}): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(() => Promise.resolve(new Response(body, { status, headers })));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

test('a report is asked with site, days and what was chosen, all escaped', async () => {
  const fetched = answer('{"columns":[],"rows":[]}');
  await fetchReport(
    'funnel',
    'a&b',
    { from: '2026-01-01', to: '2026-01-07' },
    { steps: 'view_item,purchase', order: '' },
  );
  expect(fetched.mock.calls[0]?.[0]).toBe(
    'api/reports/funnel?site=a%26b&from=2026-01-01&to=2026-01-07&steps=view_item%2Cpurchase',
  );
  expect(liveUrl('a&b')).toBe('api/live?site=a%26b');
  expect(liveUrl('')).toBe('api/live');
});

describe('a failure says what, where and what to do', () => {
  test('the server is away', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
    expect(await failure(fetchSites())).toMatchObject({
      message: 'The Wayside server does not answer.',
      where: 'api/sites',
      advice: expect.stringContaining('wayside serve'),
    });
  });

  test('the server refuses, in its own words', async () => {
    answer('{"error":{"code":"unknown_site","message":"no site x"}}', 403);
    expect(await failure(fetchReport('kpis', 'x', {}, {}))).toMatchObject({
      message: 'No site x.',
      where: 'api/reports/kpis?site=x (403 unknown_site)',
    });
  });

  test('something in between answers without a reason', async () => {
    answer('<html>', 503, { 'retry-after': '7' });
    expect(await failure(fetchSites())).toMatchObject({
      message: 'The server refused with status 503.',
      advice: 'The server is busy. Try again in 7 s.',
    });
  });

  test('the answer is not JSON', async () => {
    answer('<!doctype html>');
    expect((await failure(fetchSites())).message).toMatch(/^The server's answer could not be read/);
  });
});
