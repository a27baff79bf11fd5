// The bootstrap, which runs before anything else is loaded. It queues inputs with their times until the Wasm takes over. Every page loads it
// before first paint, so it is as short as readability allows.

import type { Boot, Item, Navigation } from './boot.ts';
import { pushed } from './datalayer.ts';
import { Message, Question } from './generated/queue.ts';
import { newId } from './ids.ts';
import { batch, events } from './plain.ts';
import type { Options, Wayside } from './types.ts';

/** An enum, so that the build inlines the number. */
const enum Limit {
  /**
   * Most touchpoints and clicks that are queued until the Wasm runs: more than a page makes in some seconds. Consent decisions, resets and
   * questions are always queued.
   */
  queue = 2e4,
  /** Milliseconds after which a promise resolves with what is known. */
  patience = 1e4,
}

/** Text instead of numbers that JSON does not have. */
const plain = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' || (typeof value === 'number' && !isFinite(value)) ? `${value}` : value;

/** Starts Wayside on this page. `load` loads and runs the Wasm. */
export function begin(o: Required<Options>, load: (boot: Boot, attempt: number) => Promise<unknown>): Wayside {
  const stored = (what: string, text?: string | null): string | null | undefined => {
    try {
      const key = `wayside.${what}.${o.site}`;
      if (text) localStorage.setItem(key, text);
      return localStorage.getItem(key);
    } catch {
      // Storage is blocked: the visitor is unknown, and nothing can be stored.
      return undefined;
    }
  };
  let consent = stored('consent') ?? (o.gpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl ? 'denied' : o.consent);
  const [navigation] = performance.getEntriesByType('navigation') as Navigation[];
  const off = new AbortController();
  const queue: Item[] = [];
  const url = `${o.endpoint}/v1/batch?key=${o.key}`;
  const writer = newId();
  // Stored immediately, because the next page may be opened before the Wasm runs in this one.
  const visitor = (consent === 'granted' && stored('visitor', stored('visitor') || newId())) || newId();

  const put = (kind: Message, a?: unknown, b?: unknown): void => {
    const item: Item = [kind, Date.now(), a, b];
    if (boot.sink) boot.sink(item);
    else if (kind < Message.consent && queue[Limit.queue - 1]) boot.lost++;
    else queue.push(item);
  };
  const view = (entry: string, replaced?: boolean): void =>
    put(Message.view, [location.href, document.referrer, document.title, entry, replaced]);
  /** Sends events by beacon: halves of them, the first ones first, where the browser does not take all at once. */
  const beacon = (first: number, list: object[]): unknown => {
    const half = list.length >> 1;
    return !list[0] || navigator.sendBeacon(boot.url, batch(boot, first, list)) || (half && beacon(first, list.slice(0, half)) && beacon(first + half, list.slice(half)));
  };
  const boot: Boot = { o, url, writer, visitor, consent, navigation, queue, off, newId, load, put, view, events, sent: 0, lost: 0, batch, beacon } as Boot;
  const call = (name: unknown, fields?: unknown, json?: string): void => {
    // A copy, because the page may change its object before the queue is processed.
    let copy: unknown;
    try {
      copy = JSON.parse(json || JSON.stringify(fields ?? 0, plain));
    } catch (error) {
      if (o.debug) console.warn('wayside:', name, error);
      // Each field by itself: a value that cannot be copied, or whose getter throws, costs no other.
      const copied: Record<string, unknown> = (copy = {});
      for (const key in fields as object) {
        copied[key] = {};
        try {
          copied[key] = JSON.parse(JSON.stringify((fields as Record<string, unknown>)[key] ?? null, plain));
        } catch {
          // The object stands for a value that cannot be read.
        }
      }
    }
    // If the fields are not an object, the touchpoint is recorded without fields.
    put(Message.call, name, Array.isArray(copy) || Object(copy) !== copy ? {} : copy);
  };
  boot.call = call;

  /** Sends the queue by beacon if the visitor leaves before the Wasm runs. */
  const leave = (): void => {
    const list = events(queue);
    if (boot.sink || consent !== 'granted') return;
    boot.sent = list.length;
    beacon(0, list);
  };

  const promise = (kind: Message, question?: Question) => () =>
    new Promise((resolve) => {
      put(kind, resolve, question);
      setTimeout(() => {
        // The module did not load, or the collector does not answer.
        const pending = events(queue).length;
        const status = { captured: pending + boot.lost, acked: 0, dropped: boot.lost, pending, refused: 0, repaired: 0 };
        resolve(['awareness', status, boot.visitor][question!]);
      }, Limit.patience);
    });
  const api: Record<string, CallableFunction> = {
    on(type: string, callback: unknown) {
      put(Message.on, type, callback);
      return () => put(Message.off, type, callback);
    },
    // Stored immediately, because the next page may be opened before the Wasm runs in this one. The Wasm stores a consent after its visitor, so that
    // other tabs see both.
    reset: () => put(Message.reset, stored('visitor', stored('visitor') && newId()) || newId()),
    consent: (decision: string) => put(Message.consent, (consent = (decision === 'denied' && stored('consent', decision)) || decision)),
    flush: promise(Message.flush),
    visitor: promise(Message.ask, Question.visitor),
    stage: promise(Message.ask, Question.stage),
    status: promise(Message.ask, Question.status),
    shutdown: () => put(Message.shutdown),
  };
  const wayside = Object.assign(
    (name: string, a?: unknown, b?: unknown) => (api[name] ? api[name](a, b) : call(name, a)),
    api,
  );

  const listen = (type: string, then: (event: never) => void): void =>
    addEventListener(type, then as EventListener, { signal: off.signal, capture: true });
  listen('pagehide', leave);
  listen('click', (event: MouseEvent) => {
    put(Message.click, event);
    // Reads `data-wayside-NAME='{…}'` of the element and its ancestors. It calls methods, because `attributes` may be a form field or, in the window,
    // an element with this name.
    for (const element of event.composedPath() as Partial<Element>[]) {
      for (const name of element.getAttributeNames?.() ?? []) {
        const called = name.replace(/^data-wayside-(?!(ignore|name|repeat)$)/, '');
        if (called !== name) call(called, 0, element.getAttribute!(name)!);
      }
    }
  });
  // A thrown value that is not an `Error` may contain anything, so it is ignored.
  listen('error', ({ error, filename }: ErrorEvent) => error?.stack && call('page_error', { error: error.name, url: filename }));

  view(navigation?.type.replace('navigate', 'link') ?? 'link');
  if (o.dataLayer) {
    const layer = ((window as { dataLayer?: unknown[] }).dataLayer ??= []);
    const take = (push: unknown): void => {
      const found = pushed(push) ?? boot.pushed?.(push);
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
  // Waits for deferred scripts and modules, so that their listeners receive the first signals.
  if (document.readyState > 'd' && navigation?.domContentLoadedEventStart! < 1) listen('DOMContentLoaded', soon);
  else soon();
  return wayside as unknown as Wayside;
}
