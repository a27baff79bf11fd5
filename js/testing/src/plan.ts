// A tracking plan: which touchpoints a site means to send, and with what. What a plan may say and what stands against it is the rule of
// crates/plan, which `wayside check-plan` has too.

import { readFile } from 'node:fs/promises';
import { ENVELOPE } from './envelope.ts';
import type { Fielded } from './match.ts';
import { againstPlanOf, checkPlanObject, readPlanText } from './model.ts';
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
  /** A regular expression that text must match somewhere; `^…$` is all of it. It has no look-around and no back-references. */
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

/** Reads a plan from a file in YAML or JSON. The error names the file, the line, and what is not understood. */
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

/** The plan itself, typed and looked through: `export default definePlan({ touchpoints: { … } })`. */
export function definePlan(plan: Plan): Plan {
  checkPlanObject(plan);
  return plan;
}

/** How these touchpoints stand against the plan. */
export function checkPlan<T extends Fielded>(plan: Plan, touchpoints: readonly T[]): PlanResult<T> {
  // A plan is about what a touchpoint says, not about who did it and when.
  const own = touchpoints.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => !ENVELOPE.has(name))));
  const { violations, unplanned } = againstPlanOf(plan, own);
  return {
    violations: violations.map(({ touchpoint, path, wanted, arrived }) => ({ touchpoint: touchpoints[touchpoint]!, path, wanted, arrived })),
    unplanned: unplanned.map((at) => touchpoints[at]!),
  };
}

/** The message when touchpoints do not follow a plan. */
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
    section('Against the plan:', [...broken].map(([{ kind }, lines]) => [kind, ...indent(lines)])),
    section('Not in the plan:', [...kinds.values()].map((all) => [line(all[0]!) + (all.length > 1 ? ` (${all.length} times)` : '')])),
  );
}
