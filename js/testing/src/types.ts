// What tests read: touchpoints and signals as they arrived, typed by their kind.

import type { Consent, Signal as PageSignal, Stage, TouchpointKind, Touchpoints } from '@wayside/tracker';

export type { Consent, SignalName, Stage, TouchpointKind, Touchpoints } from '@wayside/tracker';

/** The name of a touchpoint: one of the vocabulary, or the site's own. */
export type Kind = TouchpointKind | (string & {});

/** What every touchpoint says besides its fields. */
export interface Identity {
  /** One page life of one tab. */
  writer: string;
  /** Number within the writer. */
  seq: number;
  /** Milliseconds since 1970, by the visitor's clock. */
  time: number;
  site: string;
  visitor: string;
  /** Visitors joined by `identify`; `anon:` and the visitor where there was none. */
  customer: string;
  /** The session, counted from 0 through the customer's journey. */
  session: number;
  stage: Stage;
  /** The session's channel. */
  channel: string;
  consent: Consent;
  /** Whether a machine drove the browser, as it does in your tests. Reports leave such visits out. */
  automated: boolean;
}

/** A touchpoint that arrived. */
export type Touchpoint<K extends string = string> = Identity & { kind: K } & (K extends TouchpointKind
    ? Omit<Touchpoints[K], keyof Identity>
    : { [field: string]: unknown });

/** A signal that the model found in what arrived. */
export interface Signal extends PageSignal {
  visitor: string;
  customer: string;
}

/** What a value may be wanted to be: itself, a pattern for text, or an asymmetric matcher such as `expect.any(Number)`. */
export type Wanted<T> = Asymmetric | (T extends string ? T | RegExp : T extends readonly (infer One)[] ? readonly Wanted<One>[] : T extends object ? { [Key in keyof T]?: Wanted<T[Key]> } : T);

/** What decides for itself, as `expect.any(Number)` of Playwright and Jest does. */
export interface Asymmetric {
  asymmetricMatch?(value: unknown): boolean;
  toAsymmetricMatcher?(): string;
}

/** Fields that a touchpoint is wanted to have; it may have more. */
export type Fields<K extends string> = K extends TouchpointKind ? { [Name in keyof Touchpoints[K]]?: Wanted<Touchpoints[K][Name]> } & Props : Props;

/** Properties of a site's own. */
type Props = { readonly [field: string]: unknown };

/** One step of an order: a kind, or a kind with fields. */
export type Step = Kind | readonly [kind: Kind, fields: Props];
