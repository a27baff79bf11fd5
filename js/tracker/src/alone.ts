// The fallback for pages in which Wasm cannot run: it sends touchpoints as JSON and resolves promises.

import type { Boot, Item, Running, View } from './boot.ts';
import { capture } from './alone-capture.ts';
import { kept, purge } from './alone-store.ts';
import { Message, type Question } from './generated/queue.ts';

/** Time between attempts; it has no backoff as the tracker has. Half a minute covers a restart of the collector. */
const RETRY_MS = 30_000;
/** Time that events wait for others, so that one request carries them. */
const SETTLE_MS = 1_000;

/** Most events of a request, far below what a collector takes; 256 KiB are less likely to be too small for fewer. */
const EVENTS_MAX = 200;
/** Equal errors that are sent one by one, as in `crates/tracker/src/errors.rs`. */
const SINGLE_ERRORS = 3;

/** Time limit of a request, as in `crates/web/src/post.rs`. */
const PATIENCE_MS = 30_000;

/** Takes over from the bootstrap's queue. */
export function goOnAlone(boot: Boot): void {
  const { events, batch } = boot;
  let { consent } = boot;
  /** Whether the visitor's decision is stored. */
  let remembered = true;
  const keep = (what: string, text: string): boolean => kept(boot, what, text);
  /** Messages that are not processed yet, and the seq of their first event. */
  let waiting: Item[] = [];
  let first = 0;
  let refused = 0;
  let beaconed = 0;
  /** Most events of the next request: fewer after a refusal, until the one that is refused has been found. */
  let most = EVENTS_MAX;
  /** How often each error has occurred. */
  const errors = new Map<string, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The address of the last view. */
  let { address = '' } = boot as Partial<Running>;
  let over = false;

  const later = (ms: number): void => {
    timer ??= setTimeout(send, ms);
  };

  const sink = (item: Item): void => {
    const [kind, , a, b] = item;
    if (kind === Message.call || kind === Message.view) {
      if (kind === Message.view) {
        const [url, , , entry] = a as View;
        if (entry === 'spa' && url === address) return;
        address = url;
      }
      if (consent === 'denied') return;
      if (a === 'page_error') {
        const error = JSON.stringify(b);
        errors.set(error, (errors.get(error) ?? 0) + 1);
        if (errors.get(error)! > SINGLE_ERRORS) return;
      }
      waiting.push(item);
      if (consent === 'granted') keep('visitor', boot.visitor);
    } else if (kind === Message.error) {
      const { error, filename } = a as ErrorEvent;
      // A thrown value that is not an `Error` may contain anything, so it is ignored.
      if (error?.stack) boot.put(Message.call, 'page_error', { error: error.name, url: filename });
    } else if (kind === Message.consent) {
      // Another word changes nothing.
      if (!['granted', 'denied', 'unknown'].includes(a as string)) return;
      if (a === 'granted' && consent !== a) boot.visitor = boot.kept('visitor') || boot.visitor;
      consent = a as string;
      // Consent Mode is stated anew by each page.
      if (!b) remembered = keep('consent', consent);
      if (consent === 'denied') {
        waiting = waiting.filter(([kind]) => kind > Message.view);
        purge(boot);
      }
    } else if (kind === Message.reset) {
      // Earlier events belong to the former visitor. They are sent now, because the first copy that the collector gets is kept.
      leave();
      boot.visitor = a as string;
      if (consent === 'granted') keep('visitor', boot.visitor);
    } else if (kind === Message.flush) {
      waiting.push(item);
    } else if (kind === Message.ask) {
      const pending = events(waiting).length;
      const told = { captured: first + pending + boot.lost, acked: first - refused, dropped: boot.lost, pending, refused, repaired: 0, consent, remembered };
      /** By {@link Question}. */
      const answers = ['awareness', told, boot.visitor];
      (a as (answer: unknown) => void)(answers[b as Question]);
    } else if (kind === Message.shutdown) {
      leave();
      return end();
    }
    later(b === undefined ? SETTLE_MS : 0);
  };

  const send = async (): Promise<void> => {
    const items: Item[] = [];
    const list: object[] = [];
    for (const item of waiting) {
      const found = consent === 'granted' ? events([item]) : [];
      if (list.length + found.length > most) break;
      items.push(item);
      list.push(...found);
    }
    const status = list.length ? await post(boot.url, batch(boot, first, list)) : 200;
    timer = undefined;
    if (over) return;
    // As in the tracker: never send these events again; never send anything again; retry after any other failure.
    const isRefused = [400, 413, 422].includes(status);
    const isStopped = [401, 403, 410].includes(status);
    if (!isRefused && !isStopped && (status < 200 || status > 299)) return later(RETRY_MS);
    if (isRefused && list.length > 1) {
      // One event may make the whole batch unreadable: smaller ones show which.
      most = list.length >> 1;
      return later(0);
    }
    if (isRefused) most = EVENTS_MAX;
    first += list.length;
    if (isRefused || isStopped) refused += list.length;
    // A withdrawal of consent may have removed some of them in the meantime.
    waiting = waiting.filter((item) => !items.includes(item));
    for (const [, , resolve] of items) if (typeof resolve === 'function') resolve();
    if (isStopped) end();
    else if (waiting.length) later(0);
  };

  const end = (): void => {
    over = true;
    clearTimeout(timer);
    boot.off.abort();
    // Resolves promises, because nothing will answer them.
    boot.sink = ([, , resolve]) => typeof resolve === 'function' && resolve();
    waiting.splice(0).forEach(boot.sink);
  };

  const leave = (): void => {
    for (const [error, count] of errors) {
      if (count > SINGLE_ERRORS) waiting.push([Message.call, Date.now(), 'page_error', { ...JSON.parse(error), count: count - SINGLE_ERRORS }]);
    }
    errors.clear();
    const list = consent === 'granted' ? events(waiting) : [];
    if (first + list.length <= beaconed) return;
    beaconed = first + list.length;
    boot.beacon(first, list);
  };

  addEventListener('pagehide', leave, { signal: boot.off.signal });
  capture(boot);
  boot.sink = sink;
  // One of the messages may shut Wayside down.
  for (const item of boot.queue) boot.sink(item);
  boot.queue.length = 0;
  // The address may have changed while nobody listened.
  if (address !== location.href) boot.view('spa', true);
}

/** Sends the body. Resolves to the status, 0 if there was no response. */
async function post(url: string, body: string): Promise<number> {
  try {
    return (await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout?.(PATIENCE_MS) ?? null })).status;
  } catch {
    return 0;
  }
}
