// The interfaces between bootstrap, page module and Wasm. The counterpart of `Take`, `Start` and `Effect` is `crates/web/src`.

import type { newId } from './ids.ts';
import type { batch, events } from './plain.ts';
import type { Options } from './types.ts';

/**
 * The kinds of messages in the queue. After `→` stands the payload that the Wasm gets under the same number, as a list unless it says bytes. Without
 * `→` the Wasm gets no payload, and from `on` on not even the message.
 */
export const enum Take {
  /** a: name, b: fields → `[name, fields, early]`. `early` is true for messages from the bootstrap's queue. */
  call,
  /** a: the page as {@link View} → the same followed by `early`. */
  view,
  /** a: the click event → the list that `click` in `element.ts` makes. */
  click,
  /** The visitor clicked or submitted a form. */
  acted,
  /** a: `granted` or `denied` → `[decision]`. */
  consent,
  /** a: the new visitor → `[visitor]`. */
  reset,
  /** → `[whether the page listens to touchpoints]`. */
  listen,
  /** a: called when everything is delivered → `[token]`. */
  flush,
  /** → `[start, end]` of a request of the page. */
  request,
  shutdown,
  /** a: `[id, status, Retry-After in seconds, the answer's JSON, 32 random bits]` → the same. */
  sent,
  /** The turn of the event loop ends. */
  turn,
  timer,
  /** The page has loaded. */
  loaded,
  storageFailed,
  /** a: whether the page is being left → `[a]`. */
  hidden,
  visible,
  /** Another tab has stored the journey → its bytes. */
  journey,
  /** → bytes of another writer's outbox. */
  outbox,
  /** Like `outbox`, after an instance has trapped that may have been the outbox's writer. */
  orphan,
  /** a: called with the answer, b: the {@link Question}. */
  ask,
  /** The first message → {@link Start} followed by the bytes of the journey that the last page stored. */
  start,
  /** a: `signal` or `touchpoint`, b: the listener. */
  on,
  off,
  /** a: `[Activity, …]` → the same. */
  activity,
  /** a: `[FieldEvent, form, field, whether it is for coupons, detail]` → the same. */
  field,
  /** a: `[whether the window has lost the focus]` → the same. */
  away,
}

/** The questions that a page can ask. */
export const enum Question {
  stage,
  status,
  visitor,
}

/** The kinds of raw activity; the comments name their arguments. */
export const enum Activity {
  used,
  answered,
  /** x, y in CSS pixels. */
  pointer,
  leftAtTop,
  /** The button's name, empty if the pointer left it. */
  over,
  /** The scroll position in permille of the window's height, and the scroll depth in permille of the page's height. */
  scrolled,
  /** The size in permille of the unzoomed size. */
  zoomed,
}

/** The events in a form field; the comments name their details. */
export const enum FieldEvent {
  entered,
  /** Whether text was deleted. */
  filled,
  left,
  /** The reason. */
  refused,
  /** Whether a script submitted the form. */
  sent,
}

/** A message: its kind, its time and its arguments. */
export type Item = [kind: number, time: number, a?: unknown, b?: unknown];

/** A page view. */
export type View = [url: string, referrer: string, title: string, entry: string, replaced: boolean | undefined];

/** A site's own rules. */
export interface Rules {
  /** Thresholds. */
  places: [place: number, value: number][];
  /** The checkout step that a view enters, if it enters one. */
  step(view: View): string | undefined;
}

/** The payload of the start message. */
export type Start = [
  site: string,
  /** 32 hexadecimal digits. */
  writer: string,
  visitor: string,
  consent: string,
  automated: boolean,
  /** The number of queued touchpoints that the bootstrap has already sent, with seqs from 0. */
  reserved: number,
  /** The start of the navigation to this page, in milliseconds since 1970. */
  navigation: number,
  reloaded: boolean,
  /** Names or prefixes of touchpoints and signals to switch off, separated by spaces. */
  off: string,
  /** Thresholds that the site sets: index and value. */
  thresholds: Rules['places'],
  /** What tells the device, from here on. */
  userAgent: string,
  touchPoints: number,
  /** Whether the main pointer is a finger. */
  coarse: boolean,
  /** The shorter side of the screen in CSS pixels. */
  shortSide: number,
];

/**
 * An effect of the tracker: its number and its arguments.
 *
 * | number | a | b |
 * | --- | --- | --- |
 * | 0: send `turn` before this turn of the event loop ends, so that any number of calls costs only one write | | |
 * | 1: store | `visitor`, `journey`, `outbox` or `consent` | text or bytes; if empty, remove the key |
 * | 2: remove the key of the outbox that was just passed to the Wasm, which has taken it over | | |
 * | 3: remove everything stored for the site except the consent decision | | |
 * | 4: send by `fetch` | the batch | the id with which to report the outcome |
 * | 5: send by `sendBeacon` | the batch | |
 * | 6: send `timer` after a time; it replaces an earlier timer | milliseconds | |
 * | 7: report a signal to the page | the signal | |
 * | 8: report a touchpoint to the page | the touchpoint | |
 * | 9: resolve a flush | the token | |
 * | 10: warn the developer | a stable code | the field, name or status concerned |
 * | 11: answer `ask` | the stage | the status |
 */
export type Effect = [which: number, a: never, b: never];

/** The result of every call of the Wasm: the effects in order, then whether the clock of a checkout step is running. */
export type Done = [...Effect[], timesAStep: boolean];

/** Adds the time at which a prerendered page was shown, which TypeScript's types do not contain yet. */
export type Navigation = PerformanceNavigationTiming & { activationStart?: number };

/** The state that the bootstrap passes to the page module. */
export interface Boot {
  o: Required<Options>;
  /** The address of batches. */
  url: string;
  writer: string;
  visitor: string;
  /** The browser's entry for the navigation to the page, which the browser keeps updating. */
  navigation: Navigation | undefined;
  /** The consent at the start of the page. */
  consent: string;
  queue: Item[];
  /** Adds a message with the current time to the queue or, once it is set, passes it to `sink`. */
  put(kind: number, a?: unknown, b?: unknown): void;
  /** Adds a view of the page in its current state. */
  view(entry: string, replaced?: boolean): void;
  /** Functions of the bootstrap, shared so that they are loaded only once. */
  newId: typeof newId;
  events: typeof events;
  batch: typeof batch;
  /** The number of queued touchpoints that the bootstrap has already sent, with seqs from 0. */
  sent: number;
  /** Takes messages once the page module runs. */
  sink?: (item: Item) => void;
  /** Whether the clock of a checkout step is running, by the last result of the Wasm. */
  inStep?: boolean;
  /** Removes the listeners of bootstrap and page module. */
  off: AbortController;
  /** The page's listeners to signals and touchpoints. */
  hearers?: Record<string, Set<(value: unknown) => void>>;
  /** Loads the page module; `attempt` is 2 after an instance has trapped. */
  load(boot: Boot, attempt: number): Promise<unknown>;
}
