/** The order of a table's cells. */

import { LOCALE } from '../text/locale.ts';
import type { Cell } from './report.ts';

/** The order of two cells that have values: numbers by size, text as people read it. */
export function compare(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

const collator = new Intl.Collator(LOCALE.language, { numeric: true });
