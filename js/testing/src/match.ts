// Comparing what was wanted with what arrived.

/** Where two values differ. */
export interface Difference {
  /** Such as `items[0].price`. */
  path: string;
  wanted: unknown;
  arrived: unknown;
}

/** How far something is from what was wanted. */
export interface Near<T> {
  it: T;
  /** Whether it is of the wanted kind. Differences of other kinds are not looked for. */
  sameKind: boolean;
  differences: Difference[];
}

/** What has a kind and fields. */
export interface Fielded {
  kind: string;
  [field: string]: unknown;
}

/** A field of a touchpoint; what is no field of its kind stands among its `props`. */
export function field(touchpoint: Fielded, name: string): unknown {
  if (name in touchpoint) return touchpoint[name];
  const { props } = touchpoint;
  return isObject(props) ? props[name] : undefined;
}

/** Where a touchpoint differs from the fields it is wanted to have. */
export const fieldDifferences = (touchpoint: Fielded, fields: object): Difference[] =>
  Object.entries(fields).flatMap(([name, wanted]) => differences(wanted, field(touchpoint, name), name));

/** Where `arrived` is not as wanted. Objects may have more than is wanted; lists must be as long. */
export function differences(wanted: unknown, arrived: unknown, path: string): Difference[] {
  const differs: Difference[] = [{ path, wanted, arrived }];
  if (isAsymmetric(wanted)) return wanted.asymmetricMatch(arrived) ? [] : differs;
  if (wanted instanceof RegExp) return typeof arrived === 'string' && wanted.test(arrived) ? [] : differs;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(arrived) || arrived.length !== wanted.length) return differs;
    return wanted.flatMap((one, at) => differences(one, arrived[at], `${path}[${at}]`));
  }
  if (isObject(wanted)) {
    if (!isObject(arrived)) return differs;
    return Object.entries(wanted).flatMap(([key, value]) => differences(value, arrived[key], `${path}.${key}`));
  }
  return Object.is(wanted, arrived) ? [] : differs;
}

/** The touchpoints, those nearest to what was wanted first; those equally near in the order they came in. */
export function nearest<T extends Fielded>(touchpoints: readonly T[], kind: string, fields: object): Near<T>[] {
  const near = touchpoints.map((it) => {
    const sameKind = it.kind === kind;
    return { it, sameKind, differences: sameKind ? fieldDifferences(it, fields) : [] };
  });
  return near.sort((a, b) => Number(b.sameKind) - Number(a.sameKind) || a.differences.length - b.differences.length);
}

/** How far steps were found in this order. Others may lie between them. */
export function inOrder<T extends Fielded>(touchpoints: readonly T[], steps: readonly (readonly [string, object])[]): T[] {
  const found: T[] = [];
  for (const touchpoint of touchpoints) {
    const step = steps[found.length];
    if (step && touchpoint.kind === step[0] && !fieldDifferences(touchpoint, step[1]).length) found.push(touchpoint);
  }
  return found;
}

/** What Jest's and Playwright's `expect.any(Number)` and the like are. */
interface Asymmetric {
  asymmetricMatch(value: unknown): boolean;
}

const isAsymmetric = (value: unknown): value is Asymmetric =>
  typeof (value as Asymmetric | null | undefined)?.asymmetricMatch === 'function';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
