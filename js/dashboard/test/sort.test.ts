import { expect, test } from 'vitest';

import { nextDirection, sortRows } from '../src/data/sort.ts';

const self = <T>(value: T): T => value;

test('numbers sort as numbers, unknown ones last either way', () => {
  expect(sortRows([10, null, 9, 100], self, 'ascending')).toEqual([9, 10, 100, null]);
  expect(sortRows([10, null, 9, 100], self, 'descending')).toEqual([100, 10, 9, null]);
});

test('text sorts as people read it', () => {
  expect(sortRows(['step 10', 'Email', 'step 9', 'direct'], self, 'ascending')).toEqual([
    'direct',
    'Email',
    'step 9',
    'step 10',
  ]);
});

test('equal rows keep their order, and the original is untouched', () => {
  const rows = [
    { k: 1, n: 'a' },
    { k: 0, n: 'b' },
    { k: 1, n: 'c' },
  ];
  expect(sortRows(rows, (row) => row.k, 'descending').map((row) => row.n)).toEqual(['a', 'c', 'b']);
  expect(rows.map((row) => row.n)).toEqual(['a', 'b', 'c']);
});

test('a first click shows the largest number or the first word, the next turns it', () => {
  expect(nextDirection(undefined, true)).toBe('descending');
  expect(nextDirection(undefined, false)).toBe('ascending');
  expect(nextDirection('descending', true)).toBe('ascending');
  expect(nextDirection('ascending', false)).toBe('descending');
});
