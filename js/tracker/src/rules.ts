// A site's own rules: thresholds in the form that the Wasm takes, and the addresses of checkout steps.

import { THRESHOLDS } from './generated/thresholds.ts';
import type { Options } from './types.ts';
import type { View } from './boot.ts';

/** A site's own rules. */
export interface Rules {
  /** Thresholds. */
  places: [place: number, value: number][];
  /** The checkout step that a view enters, if it enters one. */
  step(view: View): string | undefined;
}

type Warn = (code: string, about: unknown) => void;

/** Parses the options; `warn` is called for each invalid rule. */
export function rules({ thresholds, steps }: Required<Options>, warn: Warn): Rules {
  // Either option may be missing in a script tag.
  return { places: thresholds ? places(thresholds, warn) : [], step: stepOf(steps ?? '', warn) };
}

/** The indices and values of the thresholds that the site sets. */
function places(set: Required<Options>['thresholds'], warn: Warn): Rules['places'] {
  let given: Record<string, unknown> = {};
  try {
    given = Object(typeof set === 'string' ? JSON.parse(set) : set) as Record<string, unknown>;
  } catch {
    warn('thresholds', set);
  }
  return Object.entries(given).flatMap(([name, value]): [number, number][] => {
    const place = THRESHOLDS[name];
    if (place !== undefined && Number.isInteger(value)) return [[place, value as number]];
    warn('threshold', name);
    return [];
  });
}

/**
 * Returns a function that finds the step that a page view enters. The rules are `NAME=ADDRESS`, separated by spaces; the last rule that matches
 * decides. An address starts with the path, `*` matches anything, and the matched part must be followed by the end or one of `/?#&`.
 */
export function stepOf(steps: string, warn: Warn): Rules['step'] {
  const known = steps.split(' ').filter(Boolean).flatMap((rule): [name: string, address: RegExp][] => {
    const [, name, address] = /^([^=]+)=([/*].*)$/.exec(rule) ?? [];
    if (!name || !address) {
      warn('step', rule);
      return [];
    }
    const plain = address.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return [[name, new RegExp(`^${plain}(?![^/?#&])`)]];
  });
  let last: string | undefined;
  return ([url, , , entry]: View) => {
    const { pathname, search, hash } = new URL(url);
    const step = known.filter(([, address]) => address.test(pathname + search + hash)).pop()?.[0];
    // A page load marks its step again, as a site's own call would; a change of address without a load only marks another step.
    const entered = entry !== 'spa' || step !== last;
    last = step;
    return entered ? step : undefined;
  };
}
