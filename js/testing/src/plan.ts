// Tracking plans: descriptions of the touchpoints that a site intends to send. The rules are in crates/plan, which `wayside check-plan` uses too.

import { readFile } from 'node:fs/promises';
import { ENVELOPE } from './envelope.ts';
import type { Fielded } from './match.ts';
import { againstPlanOf, checkPlanObject, readPlanText } from './model.ts';
import { indent, line, paragraphs, section, show } from './words.ts';

/** A tracking plan. */
export interface Plan {
  /** The planned touchpoints by kind. A kind with `null` may have any properties. */
  touchpoints: Record<string, PlannedTouchpoint | null>;
}

/** The requirements for one kind of touchpoint. Properties that are not listed are not checked. */
export interface PlannedTouchpoint extends PlannedProperties {
  /** A description for readers: when and by which part of the site it is sent. */
  description?: string;
}

interface PlannedProperties {
  /** The names of required properties. */
  required?: string[];
  /** The requirements for properties that are present. */
  properties?: Record<string, PlannedProperty | null>;
}

/** The requirements for one property. */
export interface PlannedProperty extends PlannedProperties {
  /** A description for readers: the meaning of the property. */
  description?: string;
  /** The type. For `list`, `required` and `properties` describe each entry. */
  type?: 'text' | 'number' | 'whole number' | 'boolean' | 'list';
  /** The allowed values. */
  values?: (string | number | boolean)[];
  /** A regular expression that must match somewhere in the text; `^…$` matches the whole text. Look-around and back-references are not supported. */
  pattern?: string;
}

/** A violation of the plan by a touchpoint. */
export interface Violation<T extends Fielded = Fielded> {
  touchpoint: T;
  /** The property, such as `items[0].price`. */
  path: string;
  /** The requirement of the plan in words: `a number`. */
  wanted: string;
  arrived: unknown;
}

/** The result of checking touchpoints against a plan. */
export interface PlanResult<T extends Fielded = Fielded> {
  violations: Violation<T>[];
  /** Touchpoints of kinds that the plan does not contain. */
  unplanned: T[];
}

/** Reads a plan from a file in YAML or JSON. The error contains the file, the line and the reason. */
export async function readPlan(path: string | URL): Promise<Plan> {
  const text = await readFile(path, 'utf8');
  try {
    return parsePlan(text);
  } catch (error) {
    throw new Error(`${String(path)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads a plan from YAML or JSON. */
export const parsePlan = (text: string): Plan => readPlanText(text) as Plan;

/** Checks a plan written in TypeScript and returns it: `export default definePlan({ touchpoints: { … } })`. */
export function definePlan(plan: Plan): Plan {
  checkPlanObject(plan);
  return plan;
}

/** Checks touchpoints against a plan. */
export function checkPlan<T extends Fielded>(plan: Plan, touchpoints: readonly T[]): PlanResult<T> {
  // A plan describes a touchpoint's kind and fields, so identity and time are left out.
  const own = touchpoints.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => !ENVELOPE.has(name))));
  const { violations, unplanned } = againstPlanOf(plan, own);
  return {
    violations: violations.map(({ touchpoint, path, wanted, arrived }) => ({ touchpoint: touchpoints[touchpoint]!, path, wanted, arrived })),
    unplanned: unplanned.map((at) => touchpoints[at]!),
  };
}

/** The message if touchpoints do not follow a plan. */
export function againstPlan({ violations, unplanned }: PlanResult): string {
  const broken = new Map<Fielded, string[]>();
  for (const { touchpoint, path, wanted, arrived } of violations) {
    const lines = broken.get(touchpoint) ?? broken.set(touchpoint, []).get(touchpoint)!;
    lines.push(arrived === undefined ? `${path}: required, but missing` : `${path}: must be ${wanted}, but is ${show(arrived)}`);
  }
  const kinds = new Map<string, Fielded[]>();
  for (const one of unplanned) kinds.set(one.kind, [...(kinds.get(one.kind) ?? []), one]);
  return paragraphs(
    ['What arrived does not follow the plan.'],
    section('Violations:', [...broken].map(([{ kind }, lines]) => [kind, ...indent(lines)])),
    section('Not in the plan:', [...kinds.values()].map((all) => [line(all[0]!) + (all.length > 1 ? ` (${all.length} times)` : '')])),
  );
}
