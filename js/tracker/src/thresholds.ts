// Thresholds that a site sets, as the Wasm takes them.

import { THRESHOLDS } from './generated/thresholds.ts';
import type { Options } from './types.ts';

/** Places and values of what is set, by name; `warn` hears of names that there are not and of values that are no numbers. */
export function places(set: Required<Options>['thresholds'], warn: (code: string, about: unknown) => void): [place: number, value: number][] {
  const given = (typeof set === 'string' ? JSON.parse(set) : set) as Record<string, unknown>;
  return Object.entries(given).flatMap(([name, value]): [number, number][] => {
    const place = THRESHOLDS[name];
    if (place !== undefined && Number.isInteger(value)) return [[place, value as number]];
    warn('threshold', name);
    return [];
  });
}
