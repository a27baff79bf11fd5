// A site's own rules: thresholds as the Wasm takes them, and which addresses are which checkout steps.

import { THRESHOLDS } from './generated/thresholds.ts';
import type { Options } from './types.ts';
import type { Rules, View } from './wasm.ts';

type Warn = (code: string, about: unknown) => void;

/** What the options say; `warn` hears of what is no rule. */
export function rules({ thresholds, steps }: Required<Options>, warn: Warn): Rules {
  // A script tag that sets one of them has nothing in the other's place.
  return { places: thresholds ? places(thresholds, warn) : [], step: stepOf(steps ?? '', warn) };
}

/** Places and values of the thresholds that are set, by name. */
function places(set: Required<Options>['thresholds'], warn: Warn): Rules['places'] {
  const given = (typeof set === 'string' ? JSON.parse(set) : set) as Record<string, unknown>;
  return Object.entries(given).flatMap(([name, value]): [number, number][] => {
    const place = THRESHOLDS[name];
    if (place !== undefined && Number.isInteger(value)) return [[place, value as number]];
    warn('threshold', name);
    return [];
  });
}

/**
 * The step that a page enters when it is shown, by rules `NAME=ADDRESS` with spaces between; the last that fits holds. An
 * address begins with the path, `*` stands for anything, and behind it comes nothing or one of `/?#&`.
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
    // A load marks its step anew, as a site's own call would; a change of address without one only enters another.
    const entered = entry !== 'spa' || step !== last;
    last = step;
    return entered ? step : undefined;
  };
}
