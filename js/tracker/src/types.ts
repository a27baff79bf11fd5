// The public types of Wayside's API for pages.

import type { SignalName, Stage, ThresholdName, TouchpointKind, Touchpoints } from './generated/touchpoints.ts';

export type * from './generated/touchpoints.ts';

/** The options of Wayside. In a script tag, every option is a `data-` attribute with the same name in lower case. */
export interface Options {
  /** The site's id as configured in the collector. */
  site: string;
  /**
   * The collector's origin, to which batches are sent. @defaultValue the origin of the script
   */
  endpoint?: string;
  /** The site's write key, if the collector requires one. */
  key?: string;
  /**
   * The consent assumed until the visitor decides. A decision passed to `wayside.consent` is stored and takes precedence. @defaultValue 'granted'
   */
  consent?: Consent;
  /**
   * Whether GA4 e-commerce pushes on the page are read. Switch it off on pages that also report them by calls to `wayside`. @defaultValue true
   */
  dataLayer?: boolean;
  /**
   * Whether Global Privacy Control counts as `denied` until the visitor decides otherwise. @defaultValue true
   */
  gpc?: boolean;
  /**
   * Names or prefixes of touchpoints and signals to switch off, separated by spaces: `'form copy rage_click'`. @defaultValue `''`: everything is
   * captured
   */
  off?: string;
  /**
   * The addresses of checkout steps: `'begin=/checkout shipping=/checkout/shipping payment=/checkout/*\/pay'`. An address starts with the path, `*`
   * matches anything, and the last rule that matches decides. @defaultValue `''`: steps are marked by calls, attributes and GA4 pushes
   */
  steps?: string;
  /**
   * Thresholds of signals that replace the defaults: `{ 'rage_click.clicks': 4 }`; as JSON in a script tag. @defaultValue those of docs/signals.md
   */
  thresholds?: Partial<Record<ThresholdName, number>> | string;
  /**
   * The domain of the cookies that keep visitor and decision for all hosts of the shop. @defaultValue the shortest domain of the page's host that takes
   * cookies: the registered one
   */
  domain?: string;
  /**
   * `'off'`: no cookies. Visitor and decision are kept in `localStorage` only, which belongs to one host. @defaultValue cookies are used
   */
  cookies?: 'off';
  /**
   * The shop's other domains, separated by spaces: links and forms that lead there carry the visitor's id. The pages there need the same option.
   * @defaultValue none
   */
  linkDomains?: string;
  /**
   * Other hosts from which visitors do not arrive, separated by spaces, such as that of a payment page. @defaultValue none: the shop's own domain, its
   * `linkDomains` and known payment providers never count
   */
  ownHosts?: string;
  /**
   * `'session'`: the visit's first page is kept in `sessionStorage` until the visitor decides, so that a consent on a later page keeps its referrer. Use
   * it only where the law allows it. @defaultValue nothing is stored without consent
   */
  landing?: 'session';
  /**
   * Whether errors are reported in the console. @defaultValue false
   */
  debug?: boolean;
}

/** `unknown`: touchpoints stay in memory and are neither stored nor sent. `denied`: nothing is captured. */
export type Consent = 'granted' | 'denied' | 'unknown';

/** A micro-moment found in the page. */
export interface Signal {
  name: SignalName;
  family: 'friction' | 'intent' | 'hesitation';
  /** Google's moment of an intent signal; `null` for other signals. */
  moment: 'know' | 'go' | 'do' | 'buy' | null;
  /** Milliseconds since 1970. */
  time: number;
  /** The evidence: counts, times, the element, the step. */
  evidence: Record<string, unknown>;
}

/** A touchpoint as it was captured. */
export interface Touchpoint {
  /** Milliseconds since 1970. */
  time: number;
  kind: TouchpointKind;
  [field: string]: unknown;
}

/** The delivery state of this page's touchpoints: captured = acked + dropped + refused + pending. */
export interface Status {
  captured: number;
  /** On the collector's disk. */
  acked: number;
  /** Given up: beyond the outbox's limits, or removed when consent was withdrawn. */
  dropped: number;
  /** Waiting. */
  pending: number;
  /** In batches that the collector refused, and calls without a usable name or without a required field. */
  refused: number;
  /** Recorded without values that cannot be read; they are counted above, too. `data-debug` names them. */
  repaired: number;
  /** The consent that holds now. */
  consent: Consent;
  /** False if the visitor's decision could not be stored anywhere, so that the next page begins with the option `consent`. */
  remembered: boolean;
}

/** The name as a kind is written: in lower case, without separators between its words. */
type Plain<Name extends string> = Name extends `${infer Word}${'_' | '-' | '.' | ' '}${infer Rest}` ? Plain<`${Word}${Rest}`> : Lowercase<Name>;

/** A name of the site's own, or that of a kind whose values have to be read, such as `'19,90'`; not `addToCart`, `Add-To-Cart` or `page_views`. */
type OwnName<Name extends string> = Name extends TouchpointKind ? Name : Plain<Name> extends Plain<TouchpointKind> | `${Plain<TouchpointKind>}s` ? never : Name;

/** The API, `window.wayside`. Its calls never throw. */
export interface Wayside {
  /** Records a touchpoint. */
  <Kind extends TouchpointKind>(kind: Kind, fields?: Partial<Touchpoints[Kind]>): void;
  /** Records a custom touchpoint. A name that is nearly that of a kind is an error. */
  <Name extends string>(name: OwnName<Name>, fields?: Record<string, unknown>): void;
  /** Calls back with each signal or touchpoint. The returned function removes the listener. */
  on(event: 'signal', callback: (signal: Signal) => void): () => void;
  on(event: 'touchpoint', callback: (touchpoint: Touchpoint) => void): () => void;
  /** Stores the visitor's decision, which also holds on the next pages. `denied` removes everything immediately, in every tab. */
  consent(decision: 'granted' | 'denied'): void;
  /** Forgets the visitor and continues as a new visitor. */
  reset(): void;
  /** Resolves when everything captured so far has been stored or refused by the collector. */
  flush(): Promise<void>;
  /** The visitor's id. */
  visitor(): Promise<string>;
  /** The stage of the visitor's journey. */
  stage(): Promise<Stage>;
  /** The delivery state of this page's touchpoints. */
  status(): Promise<Status>;
  /** Stops Wayside on this page. No listener, timer or request remains. */
  shutdown(): void;
}
