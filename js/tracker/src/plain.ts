// JSON batches: what the bootstrap sends where the Wasm does not run or does not run yet.

import { Take, type Boot, type Item, type View } from './wasm.ts';

/** The address with nothing in its query but the campaign, and no fragment: what else it says may be private. */
export const bare = (url: string): string => url.replace(/#.*|([?&])(?!utm_)[^&#]*/g, '$1');

/** The events of these items, in order. Clicks and commands make none. */
export const events = (items: Item[]): object[] =>
  items.flatMap(([kind, time, a, b]) => {
    if (kind === Take.view) {
      const [url, referrer, title, entry] = a as View;
      return { url: bare(url), referrer: bare(referrer) || undefined, title, entry, time, kind: 'page_view' };
    }
    return kind === Take.call ? { ...(b as object), time, kind: a } : [];
  });

/** A batch of these events, numbered from `first_seq` on. */
export const batch = ({ o: { site }, writer, visitor }: Boot, first_seq: number, events: object[]): string =>
  JSON.stringify({ v: 1, site, writer, visitor, consent: 'granted', automated: navigator.webdriver, first_seq, events });
