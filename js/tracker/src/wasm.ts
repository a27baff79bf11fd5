// The borders between bootstrap, page module and Wasm. The other side of `Take`, `Start` and `Page` is `crates/web/src`.

import type { Options } from './types.ts';

/** What an item of the queue is. The numbers up to `sent` are those of `Host::take`. */
export const enum Take {
  /** a: name, b: fields. */
  call,
  /** a: the page as {@link View}. */
  view,
  /** a: the click event. */
  click,
  /** The queue has been handed over: what follows is live. */
  live,
  /** a: `granted` or `denied`. */
  consent,
  /** a: the new visitor's id. */
  reset,
  /** a: whether touchpoints are wanted. */
  listen,
  /** a: called when everything is delivered. */
  flush,
  /** a: called with the answer, b: `status`, `stage` or `visitor`. */
  ask,
  shutdown,
  /** a: `[id, status, Retry-After in seconds]`, b: the answer's JSON. */
  sent,
  /** a: `signal` or `touchpoint`, b: who wants to hear it. Only the page module sees these two. */
  on,
  off,
}

/** One thing that happened: which, when, and what belongs to it. */
export type Item = [kind: number, time: number, a?: unknown, b?: unknown];

/** A page as the visitor sees it. */
export interface View {
  url: string;
  referrer: string;
  title: string;
  entry: string;
  replaced: boolean | undefined;
}

/** What the Wasm is told at its start. */
export interface Start {
  site: string;
  /** 32 hexadecimal digits. */
  writer: string;
  visitor: string;
  consent: string;
  automated: boolean;
  /** Where batches go. */
  endpoint: string;
  /** How many of the queue's touchpoints were sent under the numbers from 0 on. */
  reserved: number;
  /** When navigation to this page began. */
  navigation: number;
  reloaded: boolean;
  /** When the page had loaded; 0 while it loads. */
  loaded: number;
}

/** How the Wasm reaches the page module: `what` with its arguments. */
export type Page = (what: 'guard' | 'send' | 'beacon' | 'signal' | 'touchpoint' | 'warn', a: never, b: never) => unknown;

/** A running tracker. */
export interface Handle {
  take(...item: Item): void;
}

/** What the glue exports. */
export interface Glue {
  default(source: unknown): Promise<unknown>;
  Wayside: new (start: Start, page: Page) => Handle;
}

/** What the bootstrap hands to the page module. */
export interface Boot {
  o: Required<Options>;
  /** POSTs go here. */
  url: string;
  writer: string;
  visitor: string;
  /** What the visitor had agreed to when the page began. */
  consent: string;
  queue: Item[];
  /** How many of the queue's touchpoints were sent under the numbers from 0 on. */
  sent: number;
  /** Where items go once the page module runs. */
  sink?: (item: Item) => void;
  /** Ends the listeners of bootstrap and page module. */
  off: AbortController;
  /** Who hears signals and touchpoints. */
  hearers?: Record<string, Set<(value: unknown) => void>>;
  /** Loads the page module, for the second time where an instance has trapped. */
  load(boot: Boot, attempt: number): Promise<unknown>;
}
