// The borders between bootstrap, page module and Wasm. The other side of `Take`, `Start` and `Effect` is `crates/web/src`.

import type { newId } from './ids.ts';
import type { batch, events } from './plain.ts';
import type { Options } from './types.ts';

/**
 * What an item of the queue is. With `→` goes what the Wasm is told under the same number: a list, unless it says bytes;
 * without it nothing or, from `on` on, not even the number.
 */
export const enum Take {
  /** a: name, b: fields → `[name, fields, early]`. Early is what comes out of the bootstrap's queue. */
  call,
  /** a: the page as {@link View} → the same and `early`. */
  view,
  /** a: the click event → as `element.ts` says. */
  click,
  /** The visitor clicked or sent a form. */
  acted,
  /** a: `granted` or `denied` → `[decision]`. */
  consent,
  /** a: the new visitor → `[visitor]`. */
  reset,
  /** → `[whether touchpoints are wanted]`. */
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
  /** Another tab has kept the journey → its bytes. */
  journey,
  /** → bytes of another writer's outbox. */
  outbox,
  /** The same where an instance has trapped, which may have been that writer. */
  orphan,
  /** a: called with the answer, b: which {@link Question}. */
  ask,
  /** The first of all → {@link Start} and behind it the bytes of the journey as the last page kept it. */
  start,
  /** a: `signal` or `touchpoint`, b: who wants to hear it. */
  on,
  off,
  /** a: `[which Activity, …]` → the same. */
  activity,
  /** a: `[which FieldEvent, form, field, whether it is for coupons, detail]` → the same. */
  field,
  /** a: `[whether the window has lost the focus]` → the same. */
  away,
}

/** What the page can ask. */
export const enum Question {
  stage,
  status,
  visitor,
}

/** Raw activity, with what goes with it. */
export const enum Activity {
  used,
  answered,
  /** x, y in CSS pixels. */
  pointer,
  leftAtTop,
  /** The button's name, empty for none. */
  over,
  /** How far, in permille of the window's height; how much of the page was seen, in permille. */
  scrolled,
  /** In permille. */
  zoomed,
}

/** What happens in a form's field. */
export const enum FieldEvent {
  entered,
  /** Whether something was taken back. */
  filled,
  left,
  /** Why. */
  refused,
  /** Whether a script sent it. */
  sent,
}

/** One thing that happened: which, when, and what belongs to it. */
export type Item = [kind: number, time: number, a?: unknown, b?: unknown];

/** A page as the visitor sees it. */
export type View = [url: string, referrer: string, title: string, entry: string, replaced: boolean | undefined];

/** What a site has set of its own. */
export interface Rules {
  /** Thresholds. */
  places: [place: number, value: number][];
  /** The checkout step that a view enters, if it enters one. */
  step(view: View): string | undefined;
}

/** What the Wasm is told at its start. */
export type Start = [
  site: string,
  /** 32 hexadecimal digits. */
  writer: string,
  visitor: string,
  consent: string,
  automated: boolean,
  /** How many of the queue's touchpoints were sent under the numbers from 0 on. */
  reserved: number,
  /** When navigation to this page began. */
  navigation: number,
  reloaded: boolean,
  /** Names of touchpoints and signals that are not wanted, or beginnings of them, with spaces between. */
  off: string,
  /** Thresholds that the site has set: place and value. */
  thresholds: Rules['places'],
];

/**
 * What the tracker wants done: which, and what belongs to it.
 *
 * | which | a | b |
 * | --- | --- | --- |
 * | 0: take `turn` before this turn of the event loop ends, so that a thousand calls are one write | | |
 * | 1: store | `visitor`, `journey`, `outbox` or `consent` | text or bytes; none of them: remove the key |
 * | 2: remove the key of the outbox just handed over, which is taken | | |
 * | 3: forget the visitor | | |
 * | 4: send | one batch | the id to report it under |
 * | 5: hand to `sendBeacon` | one batch | |
 * | 6: take `timer` after a while; an earlier timer is void | milliseconds | |
 * | 7: tell of a signal | the signal | |
 * | 8: tell of a touchpoint | the touchpoint | |
 * | 9: tell who waits for a flush | the token | |
 * | 10: tell a developer what was not right | a stable word for it | what about |
 * | 11: answer `ask` | the stage | the status |
 */
export type Effect = [which: number, a: never, b: never];

/** What every call of the Wasm answers: what to do, in this order, and at the end whether a checkout step's clock runs. */
export type Done = [...Effect[], timesAStep: boolean];

/** When a page that was rendered before anybody saw it was shown; not yet in every browser's types. */
export type Navigation = PerformanceNavigationTiming & { activationStart?: number };

/** What the bootstrap hands to the page module. */
export interface Boot {
  o: Required<Options>;
  /** POSTs go here. */
  url: string;
  writer: string;
  visitor: string;
  /** How the browser came to the page, and when; it goes on being filled in. */
  navigation: Navigation | undefined;
  /** What the visitor had agreed to when the page began. */
  consent: string;
  queue: Item[];
  /** Adds an item with its time, to the queue or where it goes. */
  put(kind: number, a?: unknown, b?: unknown): void;
  /** Adds a view of the page as it is now. */
  view(entry: string, replaced?: boolean): void;
  /** The bootstrap's own functions, so that they are loaded once. */
  newId: typeof newId;
  events: typeof events;
  batch: typeof batch;
  /** How many of the queue's touchpoints were sent under the numbers from 0 on. */
  sent: number;
  /** Where items go once the page module runs. */
  sink?: (item: Item) => void;
  /** Whether a checkout step's clock runs, as the Wasm said last. */
  inStep?: boolean;
  /** Ends the listeners of bootstrap and page module. */
  off: AbortController;
  /** Who hears signals and touchpoints. */
  hearers?: Record<string, Set<(value: unknown) => void>>;
  /** Loads the page module, for the second time where an instance has trapped. */
  load(boot: Boot, attempt: number): Promise<unknown>;
}
