import { expect, test } from 'vitest';

import { moved, parseSteps, removed } from '../src/data/steps.ts';

test('steps are read from a list with commas', () => {
  expect(parseSteps(' view_item, ,purchase')).toEqual(['view_item', 'purchase']);
  expect(parseSteps(undefined)).toEqual([]);
});

test('a step moves within the list and never out of it', () => {
  expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
  expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c']);
  expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c']);
});

test('a step is removed by its place, not by its name', () => {
  expect(removed(['a', 'b', 'a'], 2)).toEqual(['a', 'b']);
});
