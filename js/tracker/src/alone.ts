// The last resort where Wasm cannot run: page views and calls go out as JSON, and promises are answered.

import { post } from './post.ts';
import { keep, keyOf, purge } from './store.ts';
import { Take, type Boot, type Item, type Question, type View } from './wasm.ts';

/** Without the tracker's patience: half a minute covers a restart of the collector. */
const RETRY_MS = 30_000;
/** What happens together goes together. */
const SETTLE_MS = 1_000;

/** Takes over from the bootstrap's queue. */
export function goOnAlone(boot: Boot): void {
  const { events, batch } = boot;
  const { site } = boot.o;
  let { consent } = boot;
  /** Items not dealt with, and the number of their first event. */
  let waiting: Item[] = [];
  let first = 0;
  let beaconed = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let address = '';

  const later = (ms: number): void => {
    timer ??= setTimeout(send, ms);
  };

  const sink = (item: Item): void => {
    const [kind, , a, b] = item;
    if (kind === Take.call || kind === Take.view) {
      if (kind === Take.view) {
        const [url, , , entry] = a as View;
        if (entry === 'spa' && url === address) return;
        address = url;
      }
      if (consent === 'denied') return;
      waiting.push(item);
      if (consent === 'granted') keep(keyOf('visitor', site), boot.visitor);
    } else if (kind === Take.consent) {
      keep(keyOf('consent', site), (consent = a as string));
      if (consent === 'denied') {
        waiting = waiting.filter(([kind]) => kind > Take.view);
        purge(site);
      }
    } else if (kind === Take.reset) {
      boot.visitor = a as string;
    } else if (kind === Take.flush || kind === Take.ask) {
      waiting.push(item);
    } else if (kind === Take.shutdown) {
      leave();
      clearTimeout(timer);
      boot.off.abort();
      boot.sink = ([, , resolve]) => typeof resolve === 'function' && resolve();
      return;
    }
    later(b === undefined ? SETTLE_MS : 0);
  };

  const send = async (): Promise<void> => {
    const items = [...waiting];
    const list = consent === 'granted' ? events(items) : [];
    const [status] = list.length ? await post(boot.url, batch(boot, first, list)) : [200];
    timer = undefined;
    if (status === 0 || status === 429 || status >= 500) return later(RETRY_MS);
    first += list.length;
    const told = { captured: first, acked: first, dropped: 0, pending: 0, refused: 0 };
    /** By {@link Question}. */
    const answers = ['awareness', told, boot.visitor];
    waiting = waiting.slice(items.length);
    for (const [, , resolve, question] of items) {
      if (typeof resolve === 'function') resolve(answers[question as Question]);
    }
    if (waiting.length) later(SETTLE_MS);
  };

  const leave = (): void => {
    const list = consent === 'granted' ? events(waiting) : [];
    if (first + list.length <= beaconed) return;
    beaconed = first + list.length;
    navigator.sendBeacon(boot.url, batch(boot, first, list));
  };

  addEventListener('pagehide', leave, { signal: boot.off.signal });
  boot.sink = sink;
  for (const item of boot.queue) sink(item);
  boot.queue.length = 0;
}
