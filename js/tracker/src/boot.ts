// The state that bootstrap and loader share with the Wasm. Its counterpart is `crates/web/src/boot.rs`.

import type { Message } from './generated/queue.ts';
import type { newId } from './ids.ts';
import type { batch, events } from './plain.ts';
import type { Rules } from './rules.ts';
import type { Options } from './types.ts';

/** A message of the queue: its kind, its time and its arguments. */
export type Item = [kind: Message, time: number, a?: unknown, b?: unknown];

/** A page view. Its entry is a number, as `performance.navigation` has it, until the loader runs. */
export type View = [url: string, referrer: string, title: string, entry: string | number, replaced: boolean | undefined];

/** Adds the time at which a prerendered page was shown, which TypeScript's types do not contain yet. */
export type Navigation = PerformanceNavigationTiming & { activationStart?: number };

/** The state that the bootstrap passes to the loader. */
export interface Boot {
  o: Required<Options>;
  /** The address of batches. */
  url: string;
  writer: string;
  visitor: string;
  /** The browser's entry for the navigation to the page, which the browser keeps updating. The loader sets it. */
  navigation: Navigation | undefined;
  /** The consent at the start of the page. */
  consent: string;
  /** Reads the visitor or the decision or, with a text, keeps it. */
  kept(what: string, text?: string): string | null | undefined;
  queue: Item[];
  /** Adds a message with the current time to the queue or, once it is set, passes it to `sink`. */
  put(kind: Message, a?: unknown, b?: unknown): void;
  /** Adds a view of the page in its current state. */
  view(entry: View[3], replaced?: boolean): void;
  /** Records a touchpoint, as a call of the page does. */
  call(name: unknown, fields?: unknown): void;
  /** Reads pushes of the data layer that the bootstrap does not read; the loader sets it. */
  pushed?(push: unknown): [name: string, fields: unknown] | undefined;
  /** Functions of the bootstrap, shared so that they are loaded only once. */
  newId: typeof newId;
  events: typeof events;
  batch: typeof batch;
  /** Sends events by beacon, numbered from `first` on, in as many pieces as the browser needs. */
  beacon(first: number, list: object[]): unknown;
  /** The number of queued touchpoints that the bootstrap has already sent, with seqs from 0. */
  sent: number;
  /** The number of touchpoints and clicks that the full queue did not take. */
  lost: number;
  /** Takes messages once the Wasm runs. */
  sink?: (item: Item) => void;
  /** Removes the listeners of the bootstrap. */
  off: AbortController;
  /** Loads the loader; `attempt` is 2 after an instance has trapped. */
  load(boot: Boot, attempt: number): Promise<unknown>;
}

/** The state that the loader adds, which outlives an instance that traps. */
export interface Running extends Boot {
  /** Messages whose promises are pending, by token. */
  asked: Map<number, Item>;
  /** The page's listeners to signals and touchpoints. */
  signal: Set<(value: unknown) => void>;
  touchpoint: Set<(value: unknown) => void>;
  /** The controllers of the Wasm's listeners. */
  scopes: Set<AbortController>;
  /** The address of the last view. */
  address: string;
  /** Whether Core Web Vitals have been reported. */
  measured?: boolean;
  rules?: Rules | undefined;
  /** Ends loader and bootstrap. */
  end(): void;
}
