// Comparison of expected and actual touchpoints.

/** A difference between two values. */
export interface Difference {
  /** Such as `items[0].price`. */
  path: string;
  wanted: unknown;
  arrived: unknown;
}

/** A touchpoint with its differences from the expected one. */
export interface Near<T> {
  it: T;
  /** Whether the kind is the expected one. Touchpoints of other kinds are not compared. */
  sameKind: boolean;
  differences: Difference[];
}

/** An object with a kind and fields. */
export interface Fielded {
  kind: string;
  [field: string]: unknown;
}

/** A field of a touchpoint; properties that are not fields of the kind are in `props`. */
export function field(touchpoint: Fielded, name: string): unknown {
  if (name in touchpoint) return touchpoint[name];
  const { props } = touchpoint;
  return isObject(props) ? props[name] : undefined;
}

/** The differences of a touchpoint from the expected fields. */
export const fieldDifferences = (touchpoint: Fielded, fields: object): Difference[] =>
  Object.entries(fields).flatMap(([name, wanted]) => differences(wanted, field(touchpoint, name), name));

/** The differences of `arrived` from `wanted`. Objects may have additional keys; lists must have the same length. */
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

/** The touchpoints sorted by the number of their differences; equal ones keep their order. */
export function nearest<T extends Fielded>(touchpoints: readonly T[], kind: string, fields: object): Near<T>[] {
  const near = touchpoints.map((it) => {
    const sameKind = it.kind === kind;
    return { it, sameKind, differences: sameKind ? fieldDifferences(it, fields) : [] };
  });
  return near.sort((a, b) => Number(b.sameKind) - Number(a.sameKind) || a.differences.length - b.differences.length);
}

/** The touchpoints that match the first steps in this order. Others may lie between them. */
export function inOrder<T extends Fielded>(touchpoints: readonly T[], steps: readonly (readonly [string, object])[]): T[] {
  const found: T[] = [];
  for (const touchpoint of touchpoints) {
    const step = steps[found.length];
    if (step && touchpoint.kind === step[0] && !fieldDifferences(touchpoint, step[1]).length) found.push(touchpoint);
  }
  return found;
}

/** An asymmetric matcher such as `expect.any(Number)` of Jest and Playwright. */
interface Asymmetric {
  asymmetricMatch(value: unknown): boolean;
}

const isAsymmetric = (value: unknown): value is Asymmetric =>
  typeof (value as Asymmetric | null | undefined)?.asymmetricMatch === 'function';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
