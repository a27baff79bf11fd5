// A tracking plan: which touchpoints a site means to send, and with what.

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { field, type Fielded } from './match.ts';
import { indent, line, paragraphs, section, show } from './words.ts';

/** A tracking plan, as YAML or TypeScript says it. */
export interface Plan {
  /** What may arrive, by kind. A kind with nothing after it may have any properties. */
  touchpoints: Record<string, PlannedTouchpoint | null>;
}

/** What one kind of touchpoint has to be like. Properties that are not listed are not looked at. */
export interface PlannedTouchpoint extends PlannedProperties {
  /** For people: when it is sent, and by whom. */
  description?: string;
}

interface PlannedProperties {
  /** Properties that must be there. */
  required?: string[];
  /** What a property is like when it is there. */
  properties?: Record<string, PlannedProperty | null>;
}

/** What one property has to be like. */
export interface PlannedProperty extends PlannedProperties {
  /** For people: what it means. */
  description?: string;
  /** Of `list`, `required` and `properties` are those of each entry. */
  type?: 'text' | 'number' | 'whole number' | 'boolean' | 'list';
  /** The only values it may have. */
  values?: (string | number | boolean)[];
  /** A regular expression that text must match somewhere; `^…$` is all of it. */
  pattern?: string;
}

/** What a touchpoint has against the plan. */
export interface Violation<T extends Fielded = Fielded> {
  touchpoint: T;
  /** Such as `items[0].price`. */
  path: string;
  /** What the plan wants there. */
  wanted: string;
  arrived: unknown;
}

/** How touchpoints stand against a plan. */
export interface PlanResult<T extends Fielded = Fielded> {
  violations: Violation<T>[];
  /** Touchpoints of kinds that the plan does not have. */
  unplanned: T[];
}

/** Reads a plan from a YAML file. The error names the file, and what in it is not understood. */
export async function readPlan(path: string | URL): Promise<Plan> {
  const text = await readFile(path, 'utf8');
  try {
    return parsePlan(text);
  } catch (error) {
    throw new Error(`${String(path)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads a plan from YAML. */
export const parsePlan = (yaml: string): Plan => checkedPlan(parse(yaml));

/** The plan itself, typed and looked through: `export default definePlan({ touchpoints: { … } })`. */
export const definePlan = (plan: Plan): Plan => checkedPlan(plan);

/** How these touchpoints stand against the plan. */
export function checkPlan<T extends Fielded>(plan: Plan, touchpoints: readonly T[]): PlanResult<T> {
  const result: PlanResult<T> = { violations: [], unplanned: [] };
  for (const touchpoint of touchpoints) {
    const planned = Object.hasOwn(plan.touchpoints, touchpoint.kind) ? plan.touchpoints[touchpoint.kind] : undefined;
    if (planned === undefined) result.unplanned.push(touchpoint);
    else result.violations.push(...broken(planned ?? {}, (name) => field(touchpoint, name), '').map((one) => ({ ...one, touchpoint })));
  }
  return result;
}

/** The message when touchpoints do not follow a plan. */
export function againstPlan({ violations, unplanned }: PlanResult): string {
  const broken = new Map<Fielded, string[]>();
  for (const { touchpoint, path, wanted, arrived } of violations) {
    const lines = broken.get(touchpoint) ?? broken.set(touchpoint, []).get(touchpoint)!;
    lines.push(`${path}: the plan wants ${wanted}, arrived ${show(arrived)}`);
  }
  const kinds = new Map<string, Fielded[]>();
  for (const one of unplanned) kinds.set(one.kind, [...(kinds.get(one.kind) ?? []), one]);
  return paragraphs(
    ['What arrived does not follow the plan.'],
    section('Against the plan:', [...broken].map(([{ kind }, lines]) => [kind, ...indent(lines)])),
    section('Not in the plan:', [...kinds.values()].map((all) => [line(all[0]!) + (all.length > 1 ? ` (${all.length} times)` : '')])),
  );
}

type Broken = Omit<Violation, 'touchpoint'>;

function broken({ required = [], properties = {} }: PlannedProperties, get: (name: string) => unknown, before: string): Broken[] {
  const missing = required.filter((name) => get(name) === undefined);
  return [
    ...missing.map((name) => ({ path: before + name, wanted: 'it', arrived: undefined })),
    ...Object.entries(properties).flatMap(([name, planned]) => {
      const value = get(name);
      return value === undefined || !planned ? [] : brokenProperty(planned, value, before + name);
    }),
  ];
}

function brokenProperty(planned: PlannedProperty, arrived: unknown, path: string): Broken[] {
  const { type, values, pattern } = planned;
  if (type && !TYPES[type](arrived)) return [{ path, wanted: TYPE_WORDS[type], arrived }];
  if (values && !values.some((value) => value === arrived)) return [{ path, wanted: `one of ${values.map(show).join(', ')}`, arrived }];
  if (pattern !== undefined && !(typeof arrived === 'string' && new RegExp(pattern).test(arrived))) return [{ path, wanted: `text like ${pattern}`, arrived }];
  if (!Array.isArray(arrived)) return [];
  return arrived.flatMap((entry: Record<string, unknown> | null, at) => broken(planned, (name) => entry?.[name], `${path}[${at}].`));
}

const TYPES: Record<NonNullable<PlannedProperty['type']>, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  'whole number': Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  list: Array.isArray,
};

const TYPE_WORDS: Record<NonNullable<PlannedProperty['type']>, string> = {
  text: 'text',
  number: 'a number',
  'whole number': 'a whole number',
  boolean: 'true or false',
  list: 'a list',
};

/** The plan, where it says nothing that is not understood: a misspelt key would check nothing and say nothing. */
function checkedPlan(plan: unknown): Plan {
  const { touchpoints } = map(plan, 'the plan', ['touchpoints']);
  if (touchpoints === undefined) throw new Error('the plan has no `touchpoints`');
  for (const [kind, planned] of Object.entries(map(touchpoints, 'touchpoints'))) {
    if (planned === null) continue;
    const where = `touchpoints.${kind}`;
    checkProperties(map(planned, where, ['description', 'required', 'properties']), where);
  }
  return plan as Plan;
}

function checkProperties(planned: Record<string, unknown>, where: string): void {
  const { required = [], properties = {} } = planned;
  if (!isTexts(required)) throw new Error(`${where}.required is ${show(required)}; it must be a list of names`);
  for (const [name, property] of Object.entries(map(properties, `${where}.properties`))) {
    if (property === null) continue;
    const at = `${where}.properties.${name}`;
    const checked = map(property, at, ['description', 'type', 'values', 'pattern', 'required', 'properties']);
    const { type, values, pattern } = checked;
    if (type !== undefined && !(typeof type === 'string' && Object.hasOwn(TYPES, type))) {
      throw new Error(`${at}.type is ${show(type)}; it must be one of ${Object.keys(TYPES).join(', ')}`);
    }
    if (values !== undefined && !(Array.isArray(values) && values.length)) throw new Error(`${at}.values is ${show(values)}; it must be a list of values`);
    if (pattern !== undefined) {
      if (typeof pattern !== 'string') throw new Error(`${at}.pattern is ${show(pattern)}; it must be text`);
      new RegExp(pattern);
    }
    if ((checked['required'] || checked['properties']) && type !== 'list') throw new Error(`${at} says what its entries are like; that needs \`type: list\``);
    checkProperties(checked, at);
  }
}

function map(value: unknown, where: string, keys?: string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where} is ${show(value)}; it must be a map`);
  const stray = keys && Object.keys(value).find((key) => !keys.includes(key));
  if (stray !== undefined) throw new Error(`${where} has the unknown key \`${stray}\`; known are ${keys!.join(', ')}`);
  return value as Record<string, unknown>;
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === 'string');
