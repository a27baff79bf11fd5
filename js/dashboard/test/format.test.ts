import { describe, expect, test } from 'vitest';

import {
  cellText,
  clockIn,
  compact,
  count,
  day,
  duration,
  inUnit,
  isoDay,
  money,
  percent,
  time,
  title,
  words,
} from '../src/data/format.ts';
import { stageLabels, stageTitle } from '../src/data/stages.ts';

describe('a duration', () => {
  test.each([
    [0, '0 ms'],
    [849.6, '850 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [4240, '4.2 s'],
    [12_400, '12 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_000, '59 min 59 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_400_000, '1 d'],
    [273_600_000, '3 d 4 h'],
    [-1500, '−1.5 s'],
  ])('of %d ms is %s', (ms, expected) => {
    expect(duration(ms)).toBe(expected);
  });
});

describe('a share', () => {
  test.each([
    [0, '0%'],
    [0.00123, '0.12%'],
    [0.0289, '2.9%'],
    [0.48, '48.0%'],
    [0.9996, '100%'],
    [1, '100%'],
  ])('of %d is %s', (ratio, expected) => {
    expect(percent(ratio)).toBe(expected);
  });
});

test('counts are grouped, and short where room is short', () => {
  expect(count(1_089_406)).toBe('1,089,406');
  expect(count(3.149)).toBe('3.15');
  expect(compact(999)).toBe('999');
  expect(compact(12_408)).toBe('12.4K');
});

test('money has its currency where one is known and is never taken for one where it is not', () => {
  expect(money(24.8, 'EUR')).toBe('€24.80');
  expect(money(24.8)).toBe('24.80');
  expect(money(24.8, 'not a currency')).toBe('24.80');
  // As many decimals as the currency has.
  expect(money(2480, 'JPY')).toBe('¥2,480');
  expect(money(-24.8, 'USD')).toBe('-$24.80');
  expect(money(1_250_000)).toBe('1.3M');
  expect(money(1_250_000, 'EUR')).toBe('€1.3M');
});

test('days and times follow the zone of the report whatever the reader’s', () => {
  const ms = Date.UTC(2026, 10, 21, 23, 59, 30);
  expect(day(ms)).toBe('21 Nov 2026');
  expect(time(ms)).toBe('21 Nov 2026, 23:59:30 UTC');
  expect(day(ms, 'Europe/Berlin')).toBe('22 Nov 2026');
  expect(isoDay(ms, 'Europe/Berlin')).toBe('2026-11-22');
  expect(clockIn(ms, 'Europe/Berlin')).toBe('00:59:30');
  expect(time(ms, 'Asia/Tokyo')).toBe('22 Nov 2026, 08:59:30 GMT+9');
  // In summer Berlin is two hours ahead.
  expect(clockIn(Date.UTC(2026, 6, 1, 12), 'Europe/Berlin')).toBe('14:00:00');
  expect(isoDay(ms, 'Nowhere/Land')).toBe('2026-11-21');
});

test('an amount keeps its decimals', () => {
  expect(money(1.234, 'KWD')).toBe('KWD\u00a01.234');
  expect(money(1.2, 'KWD')).toBe('KWD\u00a01.200');
  expect(money(1.234, 'EUR')).toBe('€1.234');
  expect(money(1.234)).toBe('1.234');
});

test('a value follows its unit, an unknown one reads as a count', () => {
  expect(inUnit(0.5, 'ratio')).toBe('50.0%');
  expect(inUnit(1500, 'ms')).toBe('1.5 s');
  expect(inUnit(7, undefined)).toBe('7');
  expect(inUnit(1500, 'furlongs')).toBe('1,500');
});

test('an amount is in the currency of its report, and nothing else is', () => {
  const column = { name: 'value', type: 'number', doc: '' } as const;
  expect(cellText(19.9, column, 'money', 'EUR')).toBe('€19.90');
  expect(cellText(19.9, column, 'money')).toBe('19.90');
  expect(cellText(19.9, column, 'count', 'EUR')).toBe('19.9');
  expect(inUnit(19.9, 'money', 'EUR')).toBe('€19.90');
  expect(inUnit(0.5, 'ratio', 'EUR')).toBe('50.0%');
});

test('a cell without a value is a dash, not a zero', () => {
  const column = { name: 'x', type: 'number', unit: 'count', doc: '' } as const;
  expect(cellText(null, column)).toBe('–');
  expect(cellText('', column)).toBe('–');
  expect(cellText(0, column)).toBe('0');
  expect(cellText(false, column)).toBe('no');
});

test('a stage has the name that the site gives it', () => {
  const column = { name: 'stage', type: 'text', doc: '' } as const;
  expect(cellText('advocacy', column)).toBe('advocacy');
  stageLabels.value = { advocacy: 'loyalty' };
  expect(cellText('advocacy', column)).toBe('loyalty');
  expect(cellText('advocacy', { ...column, name: 'kind' })).toBe('advocacy');
  expect([stageTitle('advocacy'), stageTitle('purchase')]).toEqual(['Loyalty', 'Purchase']);
  stageLabels.value = {};
});

test('names become words and headings', () => {
  expect(words('view_item_list')).toBe('view item list');
  expect(title('journey-map')).toBe('Journey map');
  expect(title('nps')).toBe('NPS');
});
