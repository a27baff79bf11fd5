import { describe, expect, test } from 'vitest';

import { daysOf, formatHash, isDay, parseHash, scopeBefore, scopeOf, withOption } from '../src/data/state.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

test('an empty hash is the overview of all data', () => {
  expect(parseHash('')).toEqual({
    view: 'overview',
    site: '',
    range: { kind: 'all' },
    traffic: undefined,
    segment: undefined,
    options: new Map(),
  });
});

describe('a shared address survives the round trip', () => {
  test.each([
    '#/overview?site=shop',
    '#/funnel?site=shop&range=30d&steps=view_item,purchase&order=strict&window_days=7',
    '#/journey-map?site=a%26b&range=2026-01-01..2026-02-01&metric=drop_off',
    '#/customer?site=shop&visitor=0f3a',
    '#/paths?site=shop&range=7d&traffic=all&segment=buyers&nodes=page&limit=60',
    "#/report?site=shop&segment=kind+%3D+%27purchase%27",
    '#/data-quality?site=shop',
    '#/signals?site=shop&by=signal&top=20',
  ])('%s', (hash) => {
    expect(formatHash(parseHash(hash))).toBe(hash);
  });
});

describe('what cannot be read falls back', () => {
  test.each([
    ['#/no%20such%20view?site=shop', '#/overview?site=shop'],
    ['#/-?site=shop', '#/overview?site=shop'],
    ['#/signals?__proto__=x&by=signal&timezone=UTC', '#/signals?by=signal'],
    ['#/funnel?range=0d', '#/funnel'],
    ['#/funnel?range=2026-02-30..2026-03-01', '#/funnel'],
    ['#/funnel?range=2026-03-01..2026-01-01', '#/funnel?range=2026-01-01..2026-03-01'],
    ['#/paths?__proto__=x&steps=a', '#/paths'],
    ['#/paths?traffic=robots', '#/paths'],
    ['#/constructor?__proto__=x', '#/constructor'],
  ])('%s reads as %s', (hash, expected) => {
    expect(formatHash(parseHash(hash))).toBe(expected);
  });
});

test('an option is set and removed without touching the others', () => {
  const state = parseHash('#/funnel?site=shop&order=any&steps=a,b');
  expect(formatHash(withOption(state, 'order', ''))).toBe('#/funnel?site=shop&steps=a,b');
  expect(formatHash(withOption(state, 'window_days', '7'))).toBe(
    '#/funnel?site=shop&steps=a,b&order=any&window_days=7',
  );
  expect(formatHash(state)).toBe('#/funnel?site=shop&steps=a,b&order=any');
});

test('today is that of the site', () => {
  const late = Date.UTC(2026, 2, 29, 22, 30);
  expect(daysOf({ kind: 'last', days: 2 }, late, 'Europe/Berlin')).toEqual({ from: '2026-03-29', to: '2026-03-30' });
  expect(daysOf({ kind: 'last', days: 2 }, late)).toEqual({ from: '2026-03-28', to: '2026-03-29' });
});

test('the last 7 days end today and count today', () => {
  expect(daysOf({ kind: 'last', days: 7 }, NOW)).toEqual({ from: '2026-11-15', to: '2026-11-21' });
  expect(daysOf({ kind: 'all' }, NOW)).toEqual({});
});

test('the days before are as many, and touch them', () => {
  expect(scopeBefore({ from: '2026-11-15', to: '2026-11-21' })).toEqual({ from: '2026-11-08', to: '2026-11-14' });
  expect(scopeBefore({ from: '2026-03-01', to: '2026-03-01' })).toEqual({ from: '2026-02-28', to: '2026-02-28' });
  expect(scopeBefore({})).toBeUndefined();
});

test('only real days are days', () => {
  expect(isDay('2024-02-29')).toBe(true);
  expect(isDay('2026-02-29')).toBe(false);
  expect(isDay('2026-2-1')).toBe(false);
});

test('whose visits count is asked only where the reader chose', () => {
  expect(scopeOf({ range: { kind: 'last', days: 1 }, traffic: undefined, segment: undefined }, NOW)).toEqual({
    from: '2026-11-21',
    to: '2026-11-21',
  });
  expect(scopeOf({ range: { kind: 'all' }, traffic: 'people', segment: 'buyers' }, NOW)).toEqual({ traffic: 'people', segment: 'buyers' });
  expect(scopeBefore({ from: '2026-11-21', to: '2026-11-21', traffic: 'all' })).toEqual({
    from: '2026-11-20',
    to: '2026-11-20',
    traffic: 'all',
  });
});
