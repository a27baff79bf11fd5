// What a page can say to Wayside, and what it hears.

import type { SignalName, Stage, ThresholdName, TouchpointKind, Touchpoints } from './generated/touchpoints.ts';

export type * from './generated/touchpoints.ts';

/** How Wayside is set up. In a script tag every option is a `data-` attribute of the same name in lower case. */
export interface Options {
  /** The site's id, as the collector knows it. */
  site: string;
  /**
   * Where batches go: the collector's origin.
   * @defaultValue the origin the script came from
   */
  endpoint?: string;
  /** The site's write key, where the collector asks for one. */
  key?: string;
  /**
   * What visitors have agreed to before they are asked. A decision made by `wayside.consent` is kept and comes first.
   * @defaultValue 'granted'
   */
  consent?: Consent;
  /**
   * Whether GA4 e-commerce pushes on the page are read; turn it off on a page that also calls `wayside` for them.
   * @defaultValue true
   */
  dataLayer?: boolean;
  /**
   * Whether a browser that asks for Global Privacy Control counts as `denied` until the visitor says otherwise.
   * @defaultValue true
   */
  gpc?: boolean;
  /**
   * Names of touchpoints and signals that are not wanted, or beginnings of them, with spaces between: `'form copy rage_click'`.
   * @defaultValue `''`: everything is captured
   */
  off?: string;
  /**
   * Which addresses are which checkout steps: `'begin=/checkout shipping=/checkout/shipping payment=/checkout/*\/pay'`.
   * An address begins with the path, `*` stands for anything, and the last that fits holds.
   * @defaultValue `''`: steps are marked by calls, attributes and GA4 pushes
   */
  steps?: string;
  /**
   * Thresholds of signals, where the model's do not fit the site: `{ 'rage_click.clicks': 4 }`, in a tag as JSON.
   * @defaultValue those of docs/signals.md
   */
  thresholds?: Partial<Record<ThresholdName, number>> | string;
  /**
   * Whether what goes wrong is said in the console.
   * @defaultValue false
   */
  debug?: boolean;
}

/** `unknown`: captured in memory, neither stored nor sent. `denied`: nothing is captured. */
export type Consent = 'granted' | 'denied' | 'unknown';

/** A micro-moment found in the page. */
export interface Signal {
  name: SignalName;
  family: 'friction' | 'intent' | 'hesitation';
  /** Of an intent signal: Google's moment. */
  moment: 'know' | 'go' | 'do' | 'buy' | null;
  /** Milliseconds since 1970. */
  time: number;
  /** What it rests on: counts, times, the element, the step. */
  evidence: Record<string, unknown>;
}

/** A touchpoint as it was captured. */
export interface Touchpoint {
  /** Milliseconds since 1970. */
  time: number;
  kind: TouchpointKind;
  [field: string]: unknown;
}

/** What became of this page's touchpoints: captured = acked + dropped + refused + pending. */
export interface Status {
  captured: number;
  /** On the collector's disk. */
  acked: number;
  /** Given up: beyond the outbox's limits, or purged when consent was withdrawn. */
  dropped: number;
  /** Waiting. */
  pending: number;
  /** In batches that the collector refused. */
  refused: number;
}

/** `window.wayside`. No call of it ever throws. */
export interface Wayside {
  /** Records a touchpoint. */
  <Kind extends TouchpointKind>(kind: Kind, fields?: Partial<Touchpoints[Kind]>): void;
  /** Records a touchpoint of the site's own. */
  (name: string, fields?: Record<string, unknown>): void;
  /** Calls back with each signal or touchpoint; the function it gives ends that. */
  on(event: 'signal', callback: (signal: Signal) => void): () => void;
  on(event: 'touchpoint', callback: (touchpoint: Touchpoint) => void): () => void;
  /** The visitor decides; kept for the next pages. `denied` forgets everything at once, in every tab. */
  consent(decision: 'granted' | 'denied'): void;
  /** Forgets the visitor: who comes next is somebody new. */
  reset(): void;
  /** Resolves when everything captured so far is on the collector's disk or refused. */
  flush(): Promise<void>;
  /** The visitor's id. */
  visitor(): Promise<string>;
  /** The stage of the visitor's journey. */
  stage(): Promise<Stage>;
  /** What became of this page's touchpoints. */
  status(): Promise<Status>;
  /** Ends Wayside on this page: no listener, timer or request remains. */
  shutdown(): void;
}
