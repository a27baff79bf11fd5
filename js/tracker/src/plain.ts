// JSON batches, which the bootstrap sends if the Wasm does not run or is not running yet.

import type { Boot, Item, View } from './boot.ts';
import { Message } from './generated/queue.ts';

/**
 * A replacer for `JSON.stringify`: text instead of numbers that JSON does not have, and lists, texts and numbers as they are, although a library of
 * old adds `toJSON` to all of them.
 */
export function plain(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key];
  if (typeof raw === 'bigint' || (typeof raw === 'number' && !isFinite(raw))) return `${raw}`;
  return Object(raw) === raw && !Array.isArray(raw) ? value : raw;
}

/** The address without its fragment and with only the campaign parameters of its query; the rest may be private. */
export const bare = (url: string): string => url.replace(/#.*|([?&])(?!utm_)[^&#]*/g, '$1');

/** The events of these messages, in order. Clicks and commands have none. */
export const events = (items: Item[]): object[] =>
  items.flatMap(([kind, time, a, b]) => {
    if (kind === Message.view) {
      const [url, referrer, title, entry] = a as View;
      return { url: bare(url), referrer: bare(referrer) || undefined, title, entry, time, kind: 'page_view' };
    }
    return kind === Message.call ? { ...(b as object), time, kind: a } : [];
  });

/** A batch of these events, numbered from `first_seq` on. */
export const batch = ({ o: { site }, writer, visitor }: Boot, first_seq: number, events: object[]): string =>
  JSON.stringify({ v: 1, site, writer, visitor, consent: 'granted', automated: navigator.webdriver, first_seq, events }, plain);
