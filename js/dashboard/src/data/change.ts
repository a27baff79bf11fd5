/** A number beside its predecessor: what changed, and whether that is more than chance. */

import { inUnit } from './format.ts';

export interface Measured {
  readonly value: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** Of an amount. */
  readonly currency?: string | undefined;
}

export interface Change {
  readonly direction: 'up' | 'down' | 'unclear';
  readonly text: string;
}

/**
 * Ratios change in points, everything else in per cent of what it was. Amounts of two currencies are no change of each
 * other, unless one of them is nothing, which is the same in all.
 */
export function changeOf(now: Measured, before: Measured, unit: string): Change | undefined {
  if (now.value === undefined || before.value === undefined) return undefined;
  if (now.currency !== before.currency && now.value !== 0 && before.value !== 0) return undefined;
  const difference = now.value - before.value;
  const currency = before.value === 0 ? now.currency : before.currency;
  const from = `from ${inUnit(before.value, unit, currency)}`;
  if (difference === 0) return { direction: 'unclear', text: 'unchanged' };
  if (overlap(now, before)) return { direction: 'unclear', text: `no clear change ${from}` };
  const direction = difference > 0 ? 'up' : 'down';
  if (unit === 'ratio') return { direction, text: `${trimmed(Math.abs(difference) * 100)} points ${from}` };
  const size = before.value === 0 ? inUnit(Math.abs(difference), unit, currency) : relative(difference, before.value);
  return { direction, text: `${size} ${from}` };
}

/** Whether both 95 % intervals are known and share a value: then the difference may be chance. */
function overlap(a: Measured, b: Measured): boolean {
  if (a.low === undefined || a.high === undefined || b.low === undefined || b.high === undefined) return false;
  return a.low <= b.high && b.low <= a.high;
}

function relative(difference: number, before: number): string {
  const percent = Math.abs(difference / before) * 100;
  return percent >= 1000 ? `${trimmed(percent / 100)} times` : `${trimmed(percent)}%`;
}

function trimmed(value: number): string {
  return String(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10);
}
