// Types of touchpoints and signals in tests.

import type { Consent, Signal as PageSignal, Stage, TouchpointKind, Touchpoints } from '@wayside/tracker';

export type { Consent, SignalName, Stage, TouchpointKind, Touchpoints } from '@wayside/tracker';

/** The name of a touchpoint: one of the vocabulary, or a custom name. */
export type Kind = TouchpointKind | (string & {});

/** The properties of every touchpoint besides its fields. */
export interface Identity {
  /** The page load, in one tab. */
  writer: string;
  /** The number of the event within the writer. */
  seq: number;
  /** Milliseconds since 1970 by the visitor's clock. */
  time: number;
  site: string;
  visitor: string;
  /** The customer given by `identify`; without one, `anon:` and the visitor. */
  customer: string;
  /** The number of the session in the customer's journey, counted from 0. */
  session: number;
  stage: Stage;
  /** The session's channel. */
  channel: string;
  consent: Consent;
  /** Whether the browser was controlled by software, as it is in your tests. Reports leave such visits out by default. */
  automated: boolean;
}

/** A touchpoint that arrived. */
export type Touchpoint<K extends string = string> = Identity & { kind: K } & (K extends TouchpointKind
    ? Omit<Touchpoints[K], keyof Identity>
    : { [field: string]: unknown });

/** A signal that the model found. */
export interface Signal extends PageSignal {
  visitor: string;
  customer: string;
}

/** An expected value: the value itself, a regular expression for text, or an asymmetric matcher such as `expect.any(Number)`. */
export type Wanted<T> = Asymmetric | (T extends string ? T | RegExp : T extends readonly (infer One)[] ? readonly Wanted<One>[] : T extends object ? { [Key in keyof T]?: Wanted<T[Key]> } : T);

/** An asymmetric matcher, such as `expect.any(Number)` of Playwright and Jest. */
export interface Asymmetric {
  asymmetricMatch?(value: unknown): boolean;
  toAsymmetricMatcher?(): string;
}

/** The expected fields of a touchpoint; it may have more. */
export type Fields<K extends string> = K extends TouchpointKind ? { [Name in keyof Touchpoints[K]]?: Wanted<Touchpoints[K][Name]> } & Props : Props;

/** A site's own properties. */
type Props = { readonly [field: string]: unknown };

/** One step of an order: a kind, or a kind with fields. */
export type Step = Kind | readonly [kind: Kind, fields: Props];
