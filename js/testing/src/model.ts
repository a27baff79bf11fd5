// The model as Wasm: decoding of batches, folding of events into journeys, and checks against a tracking plan. The rules are in crates/model and
// crates/plan.

import { against_plan, check_plan, decode as decodeBody, journeys as fold, read_plan } from '#model';
import type { Consent, SignalName, Stage } from '@wayside/tracker';

/** The result of decoding a body. */
export type Decoded = { batch: Batch } | { refusal: Refusal };

/** A batch with its valid events and its dead letters. */
export interface Batch {
  site: string;
  writer: string;
  consent: Consent;
  automated: boolean;
  /** The body of a collector's answer. */
  answer: unknown;
  events: Event[];
  dead: DeadLetter[];
}

/** An event in its JSON form; its fields stand beside these properties. */
export interface Event {
  /** The page load, in one tab. */
  writer: string;
  /** The number of the event within the writer. */
  seq: number;
  /** Milliseconds since 1970 by the visitor's clock. */
  time: number;
  visitor: string;
  kind: string;
  [field: string]: unknown;
}

/** An event that the model refuses; a collector stores it as a dead letter. */
export interface DeadLetter {
  writer: string;
  seq: number;
  time: number | null;
  /** The stable code of the reason. */
  code: string;
  /** The reason in words. */
  detail: string;
}

/** The refusal of a body. */
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

/** The place of an event in its journey. */
export interface Placed {
  writer: string;
  seq: number;
  /** The number of the session in the customer's journey, counted from 0. */
  session: number;
  starts_session: boolean;
  stage: Stage;
  /** The session's channel. */
  channel: string;
  /** The signal that the event itself contains, found in the page. */
  found_in_page?: PlacedSignal;
  /** The signals that the event decided. */
  signals?: PlacedSignal[];
}

/** A signal in the model's JSON form. */
export interface PlacedSignal {
  signal: SignalName;
  family: 'friction' | 'intent' | 'hesitation';
  time: number;
  evidence: Record<string, unknown>;
}

/** Decodes a binary or JSON body as a collector does. */
export const decode = (body: Uint8Array): Decoded => decodeBody(body) as Decoded;

/** Folds events into journeys. */
export const journeys = (events: Event[]): Journeys => fold(events) as Journeys;

/** The result of checking touchpoints against a plan; touchpoints are indices of the list. */
export interface AgainstPlan {
  violations: { touchpoint: number; path: string; wanted: string; arrived?: unknown }[];
  unplanned: number[];
}

/** Reads a plan in YAML or JSON. The error contains the position. */
export const readPlanText = (text: string): unknown => read_plan(text);

/** Throws if the value is not a valid plan. */
export const checkPlanObject = (plan: unknown): void => check_plan(plain(plan));

/** Checks touchpoints against a plan. */
export const againstPlanOf = (plan: unknown, touchpoints: readonly unknown[]): AgainstPlan =>
  against_plan(plain(plan), plain(touchpoints)) as AgainstPlan;

/** The value without properties that are `undefined`, which a plan written in TypeScript may have: they count as left out. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');
