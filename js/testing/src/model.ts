// The model as Wasm: what a collector makes of a body, what journeys the events are, and how they stand against a tracking plan.
// The rules are in crates/model and crates/plan.

import { against_plan, check_plan, decode as decodeJson, journeys as journeysJson, read_plan } from '#model';
import type { Consent, SignalName, Stage } from '@wayside/tracker';

/** What a collector makes of a body. */
export type Decoded = { batch: Batch } | { refusal: Refusal };

/** A batch, its good events apart from its bad ones. */
export interface Batch {
  site: string;
  writer: string;
  consent: Consent;
  automated: boolean;
  first_seq: number;
  last_seq: number;
  events: Event[];
  dead: DeadLetter[];
}

/** An event as JSON says it; its fields stand beside these. */
export interface Event {
  /** One page life of one tab. */
  writer: string;
  /** Number within the writer. */
  seq: number;
  /** Milliseconds since 1970, by the visitor's clock. */
  time: number;
  visitor: string;
  kind: string;
  [field: string]: unknown;
}

/** An event that the model refuses; a collector keeps it apart from the others. */
export interface DeadLetter {
  writer: string;
  seq: number;
  time: number | null;
  /** A stable word for why. */
  code: string;
  /** Why, in words. */
  detail: string;
}

/** Why a body is no batch. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
}

/** Journeys, customer by customer. */
export interface Journeys {
  /** `writer seq` of every event in canonical order. */
  order: string[];
  customers: { customer: string; events: Placed[] }[];
}

/** Where an event stands in its journey. */
export interface Placed {
  writer: string;
  seq: number;
  /** The session, counted from 0 through the customer's journey. */
  session: number;
  starts_session: boolean;
  stage: Stage;
  /** The session's channel. */
  channel: string;
  /** The signal that the event itself is: found in the page. */
  found_in_page?: PlacedSignal;
  /** The signals that the event decided. */
  signals?: PlacedSignal[];
}

/** A signal as the model writes it down. */
export interface PlacedSignal {
  signal: SignalName;
  family: 'friction' | 'intent' | 'hesitation';
  time: number;
  evidence: Record<string, unknown>;
}

/** What a collector makes of a body, binary or JSON. */
export const decode = (body: Uint8Array): Decoded => JSON.parse(decodeJson(body)) as Decoded;

/** The journeys that these events are. */
export const journeys = (events: Event[]): Journeys =>
  JSON.parse(journeysJson(events.map((event) => JSON.stringify(event)).join('\n'))) as Journeys;

/** What touchpoints have against a plan; they are numbered from 0. */
export interface AgainstPlan {
  violations: { touchpoint: number; path: string; wanted: string; arrived?: unknown }[];
  unplanned: number[];
}

/** The plan that a text is, in YAML or JSON. The error says where what is not understood. */
export const readPlanText = (text: string): unknown => JSON.parse(read_plan(text));

/** Throws unless everything in a plan is understood. */
export const checkPlanObject = (plan: unknown): void => check_plan(json(plan));

/** What touchpoints have against a plan. */
export const againstPlanOf = (plan: unknown, touchpoints: readonly unknown[]): AgainstPlan =>
  JSON.parse(against_plan(json(plan), json(touchpoints))) as AgainstPlan;

/** As JSON; `undefined` has none. */
const json = (value: unknown): string => JSON.stringify(value) ?? 'null';
