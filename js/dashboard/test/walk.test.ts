import { expect, test } from 'vitest';

import { walk } from '../src/data/walk.ts';

/** Two lines of three columns; the field in the middle of the second line is missing. */
const FIELDS = ['###', '#.#'];

test.each([
  ['ArrowRight', [0, 0], [0, 1]],
  ['ArrowLeft', [0, 1], [0, 0]],
  ['ArrowDown', [0, 2], [1, 2]],
  ['ArrowUp', [1, 2], [0, 2]],
  ['ArrowRight', [1, 0], [1, 2]],
  ['ArrowDown', [0, 1], undefined],
  ['ArrowLeft', [0, 0], undefined],
  ['ArrowDown', [1, 0], undefined],
  ['Enter', [0, 0], undefined],
] as const)('%s from %j leads to %j', (key, [line, column], to) => {
  const has = (place: { line: number; column: number }): boolean => FIELDS[place.line]?.[place.column] === '#';
  const found = walk(key, { line, column }, has, { line: 2, column: 3 });
  expect(found === undefined ? undefined : [found.line, found.column]).toEqual(to);
});
