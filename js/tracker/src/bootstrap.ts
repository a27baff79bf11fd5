// What runs before anything else is loaded: it keeps what happens in a queue, with its time, until the page module
// takes over. It weighs on every page before first paint, so it is as short as it can be read.

import { pushed } from './datalayer.ts';
import { newId } from './ids.ts';
import { batch, events } from './plain.ts';
import type { Options, Wayside } from './types.ts';
import { Question, Take, type Boot, type Item, type Navigation } from './wasm.ts';

/** An enum, so that the build puts its number in. */
const enum Limit {
  /** More touchpoints and clicks than this are not kept while the page module is on its way; what the page decides or asks is. */
  queue = 500,
}

/** Starts Wayside on this page. `load` runs the page module with what it is given. */
export function begin(o: Required<Options>, load: (boot: Boot, attempt: number) => Promise<unknown>): Wayside {
  const stored = (what: string, text?: string | null): string | null | undefined => {
    try {
      const key = `wayside.${what}.${o.site}`;
      if (text) localStorage.setItem(key, text);
      return localStorage.getItem(key);
    } catch {
      // Storage is blocked: nothing is known of the visitor, and nothing will be kept.
      return undefined;
    }
  };
  let consent = stored('consent') ?? (o.gpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl ? 'denied' : o.consent);
  const [navigation] = performance.getEntriesByType('navigation') as Navigation[];
  const off = new AbortController();
  const queue: Item[] = [];
  const url = `${o.endpoint}/v1/batch?key=${o.key}`;
  const writer = newId();
  // Kept at once: the next page may come before the Wasm runs in this one.
  const visitor = (consent === 'granted' && stored('visitor', stored('visitor') || newId())) || newId();

  const put = (kind: number, a?: unknown, b?: unknown): void => {
    const item: Item = [kind, Date.now(), a, b];
    if (boot.sink) boot.sink(item);
    else if (!(kind < Take.acted && queue[Limit.queue - 1])) queue.push(item);
  };
  const view = (entry: string, replaced?: boolean): void =>
    put(Take.view, [location.href, document.referrer, document.title, entry, replaced]);
  const boot: Boot = { o, url, writer, visitor, consent, navigation, queue, off, newId, load, put, view, events, sent: 0, batch };
  const call = (name: unknown, fields?: unknown, json?: string): void => {
    try {
      // A copy: the page may change its object before the queue is handed over.
      const copy = JSON.parse(json || JSON.stringify(fields ?? 0));
      // A touchpoint whose fields are no object is recorded without any.
      put(Take.call, name, Array.isArray(copy) || Object(copy) !== copy ? {} : copy);
    } catch (error) {
      if (o.debug) console.warn('wayside:', name, error);
    }
  };

  /** Who leaves before the page module runs is counted all the same. */
  const leave = (): void => {
    const list = events(queue);
    if (boot.sink || consent !== 'granted' || !list.length) return;
    boot.sent = list.length;
    navigator.sendBeacon(url, batch(boot, 0, list));
  };

  const promise = (kind: number, question?: Question) => () => new Promise((resolve) => put(kind, resolve, question));
  const api: Record<string, CallableFunction> = {
    on(type: string, callback: unknown) {
      put(Take.on, type, callback);
      return () => put(Take.off, type, callback);
    },
    // Kept at once: the page may go on to the next before the Wasm runs in this one. A yes is kept behind its visitor by the Wasm, so that
    // other tabs hear of both.
    reset: () => put(Take.reset, stored('visitor', stored('visitor') && newId()) || newId()),
    consent: (decision: string) => put(Take.consent, (consent = (decision === 'denied' && stored('consent', decision)) || decision)),
    flush: promise(Take.flush),
    visitor: promise(Take.ask, Question.visitor),
    stage: promise(Take.ask, Question.stage),
    status: promise(Take.ask, Question.status),
    shutdown: () => put(Take.shutdown),
  };
  const wayside = Object.assign(
    (name: string, a?: unknown, b?: unknown) => (api[name] ? api[name](a, b) : call(name, a)),
    api,
  );

  const listen = (type: string, then: (event: never) => void): void =>
    addEventListener(type, then as EventListener, { signal: off.signal, capture: true });
  listen('pagehide', leave);
  listen('click', (event: MouseEvent) => {
    put(Take.click, event);
    // `data-wayside-NAME='{…}'` on the element or around it.
    // By methods: `attributes` may be a field of a form or, in the window, an element of this name.
    for (const element of event.composedPath() as Partial<Element>[]) {
      for (const name of element.getAttributeNames?.() ?? []) {
        const called = name.replace(/^data-wayside-(?!(ignore|name|repeat)$)/, '');
        if (called !== name) call(called, 0, element.getAttribute!(name)!);
      }
    }
  });
  // What is thrown and is no error may be anything, and say anything.
  listen('error', ({ error, filename }: ErrorEvent) => error?.stack && call('page_error', { error: error.name, url: filename }));

  view(navigation?.type.replace('navigate', 'link') ?? 'link');
  if (o.dataLayer) {
    const layer = ((window as { dataLayer?: unknown[] }).dataLayer ??= []);
    const take = (push: unknown): void => {
      const found = pushed(push);
      if (found) call(...found);
    };
    const { push } = layer;
    layer.push = function (...pushes) {
      pushes.forEach(take);
      return push.apply(this, pushes);
    };
    layer.forEach?.(take);
  }

  const soon = (): unknown => (window.requestIdleCallback ?? setTimeout)(() => load(boot, 1).catch(() => {}), { timeout: 500 } as never);
  // After deferred scripts and modules too, so that those who listen for signals hear of the first.
  if (navigation?.domContentLoadedEventStart! < 1 && document.readyState > 'd') listen('DOMContentLoaded', soon);
  else soon();
  return wayside as unknown as Wayside;
}
