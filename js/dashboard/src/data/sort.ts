/** Sorting a report's rows by a column. */

import { LOCALE } from '../text/locale.ts';
import type { Cell } from './report.ts';

export type Direction = 'ascending' | 'descending';

/** Rows in a new order; equal rows keep theirs, and rows without a value come last either way. */
export function sortRows<T>(rows: readonly T[], cellOf: (row: T) => Cell, direction: Direction): T[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return [...rows].sort((left, right) => {
    const a = cellOf(left);
    const b = cellOf(right);
    if (isNone(a) || isNone(b)) return Number(isNone(a)) - Number(isNone(b));
    return sign * compare(a, b);
  });
}

/** What a click on a column's header asks for: numbers first show their largest, text its first. */
export function nextDirection(current: Direction | undefined, numeric: boolean): Direction {
  if (current === undefined) return numeric ? 'descending' : 'ascending';
  return current === 'ascending' ? 'descending' : 'ascending';
}

function isNone(cell: Cell): boolean {
  return cell === null || cell === '';
}

/** The order of two cells that have values: numbers by size, text as people read it. */
export function compare(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

const collator = new Intl.Collator(LOCALE.language, { numeric: true });
