import { expect, test } from 'vitest';

import { compare } from '../src/data/sort.ts';

test('numbers sort as numbers', () => {
  expect([10, 9, 100].sort(compare)).toEqual([9, 10, 100]);
});

test('text sorts as people read it', () => {
  expect(['step 10', 'Email', 'step 9', 'direct'].sort(compare)).toEqual(['direct', 'Email', 'step 9', 'step 10']);
});
