// The bootstrap, which runs before anything else is loaded. It queues inputs with their times until the Wasm takes over. Every page loads it
// before first paint, so it is as short as readability allows.

import type { Boot, Item, View } from './boot.ts';
import { pushed } from './datalayer.ts';
import { Message, Question } from './generated/queue.ts';
import { newId } from './ids.ts';
import { batch, events, plain } from './plain.ts';
import type { Options, Wayside } from './types.ts';

/** An enum, so that the build inlines the number. */
const enum Limit {
  /**
   * Most touchpoints and clicks that are queued until the Wasm runs: more than a page makes in some seconds. Consent decisions, resets and
   * questions are always queued.
   */
  queue = 2e4,
  /** Errors that are sent although the Wasm never runs. */
  errors = 3,
  /** Milliseconds after which a promise resolves with what is known. */
  patience = 1e4,
}

/** Starts Wayside on this page. `load` loads and runs the Wasm. */
export function begin(o: Required<Options>, load: (boot: Boot, attempt: number) => Promise<unknown>): Wayside {
  // In a cookie, which the hosts of a domain share, and in `localStorage`. The Wasm gives the cookie its attributes, and finds the domain where two labels
  // are a public suffix, for which browsers refuse cookies.
  const kept = (what: string, text?: string): string | null | undefined => {
    const key = `wayside.${what}.${o.site}`;
    try {
      if (text) {
        if (!o.cookies) document.cookie = `${key}=${text};path=/;domain=${o.domain ?? /[^.]*.[^.]*$/.exec(location.hostname)}`;
        localStorage.setItem(key, text);
      }
      return text || (!o.cookies && document.cookie.split(key + '=')[1]?.split(';')[0]) || (localStorage.getItem(key) ?? sessionStorage.getItem(key));
    } catch {
      // Storage is blocked or full.
      return text;
    }
  };
  /** A decision, which outranks Consent Mode. */
  let decided = kept('consent') || (o.gpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl && 'denied');
  let consent = decided || o.consent;
  // Stored immediately, because the next page may be opened before the Wasm runs in this one.
  const own = (id?: string): string => (consent === 'granted' ? kept('visitor', id || kept('visitor') || newId()) : id || newId())!;
  /** Runs what concerns values of the page: whatever they throw stays here. */
  const safe = (run: () => unknown, about?: unknown): unknown => {
    try {
      return run();
    } catch (error) {
      if (o.debug) console.warn('wayside:', about, error);
      return;
    }
  };
  const clone = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null, plain));
  const off = new AbortController();
  const queue: Item[] = [];
  const put = (kind: Message, a?: unknown, b?: unknown): void => {
    const item: Item = [kind, Date.now(), a, b];
    if (boot.sink) boot.sink(item);
    else if (kind < Message.consent && queue[Limit.queue - 1]) boot.lost++;
    else queue.push(item);
  };
  const view = (entry: View[3], replaced?: boolean): void =>
    put(Message.view, [location.href, document.referrer, document.title, entry, replaced]);
  /** Sends events by beacon: halves of them, the first ones first, where the browser does not take all at once. */
  const beacon = (first: number, list: object[]): unknown => {
    const half = list.length >> 1;
    return !list[0] || navigator.sendBeacon(boot.url, batch(boot, first, list)) || (half && beacon(first, list.slice(0, half)) && beacon(first + half, list.slice(half)));
  };
  const boot = { o, url: `${o.endpoint}/v1/batch?key=${o.key}`, writer: newId(), queue, off, newId, kept, load, put, view, events, sent: 0, lost: 0, batch, beacon } as Partial<Boot> as Boot;
  const call = (name: unknown, fields?: unknown, json?: string): void => {
    // A copy, because the page may change its object before the queue is processed.
    let copy = safe(() => (json ? JSON.parse(json) : clone(fields)), name);
    if (copy === undefined) {
      // Each field by itself: a value that cannot be copied, or whose getter throws, costs no other. An object stands for it.
      const copied: Record<string, unknown> = (copy = {});
      for (const key in fields as object) {
        copied[key] = {};
        safe(() => (copied[key] = clone((fields as Record<string, unknown>)[key])), key);
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
        const status = { captured: pending + boot.lost, acked: 0, dropped: boot.lost, pending, refused: 0, repaired: 0, consent, remembered: true };
        resolve(['awareness', status, boot.visitor][question!]);
      }, Limit.patience);
    });
  const api = {
    // Names that every object has are no calls.
    __proto__: null,
    on(type: string, callback: unknown) {
      put(Message.on, type, callback);
      return () => put(Message.off, type, callback);
    },
    reset: () => put(Message.reset, own(newId())),
    // A denial is stored immediately, too. The Wasm stores a consent after its visitor, so that other tabs see both.
    consent(decision: string) {
      if (decision === 'granted' || decision === 'denied') consent = decided = decision;
      if (decision === 'denied') kept('consent', decision);
      put(Message.consent, decision);
    },
    flush: promise(Message.flush),
    visitor: promise(Message.ask, Question.visitor),
    stage: promise(Message.ask, Question.stage),
    status: promise(Message.ask, Question.status),
    shutdown: () => put(Message.shutdown),
  } as unknown as Record<string, CallableFunction>;
  const wayside = Object.assign(
    (name: string, a?: unknown, b?: unknown) => safe(() => (api[name] ? api[name](a, b) : call(name, a))),
    api,
  );

  const listen = (type: string, then: (event: never) => void): void =>
    addEventListener(type, then as EventListener, { signal: off.signal, capture: true });
  listen('pagehide', leave);
  listen('click', (event: MouseEvent) => {
    put(Message.click, event);
    // Reads `data-wayside-NAME='{…}'` of the element and its ancestors. It takes methods from the class, because a form may have fields with their
    // names; document and window have no attributes.
    const { getAttribute, getAttributeNames } = Element.prototype;
    for (const element of event.composedPath() as Element[]) {
      if (element.nodeType !== 1) continue;
      for (const name of getAttributeNames.call(element)) {
        const called = name.replace(/^data-wayside-(?!(ignore|name|repeat)$)/, '');
        if (called !== name) call(called, 0, getAttribute.call(element, name)!);
      }
    }
  });
  let errors = 0;
  listen('error', (event: ErrorEvent) =>
    // The first ones are calls, which a beacon carries if the visitor leaves before the Wasm runs, and leave room for orders there.
    safe(() => (event.error?.stack && errors++ < Limit.errors ? call('page_error', { error: event.error.name, url: event.filename }) : put(Message.error, event))),
  );

  // A number, which costs fewer bytes than the name; the loader and the collector know both.
  view(performance.navigation.type);
  if (o.dataLayer) {
    const layer = ((window as { dataLayer?: unknown[] }).dataLayer ??= []);
    const take = (push: unknown): unknown => safe(() => {
      // Google's Consent Mode: until the page says more, a default of `denied` means that the visitor has not agreed yet.
      const { 0: command, 1: step, 2: said } = Object(push) as [string, string, { analytics_storage?: string }];
      if (command === 'consent' && said && !decided) {
        const word = said.analytics_storage;
        put(Message.consent, (consent = step > 'e' ? word ?? consent : word === 'denied' ? 'unknown' : consent), said);
      }
      const found = pushed(push) ?? boot.pushed?.(push);
      if (found) call(...found);
    });
    const { push } = layer;
    safe(() => {
      layer.push = function (...pushes) {
        pushes.forEach(take);
        return push.apply(this, pushes);
      };
    });
    layer.forEach?.(take);
  }
  // Not before: the page may have denied consent in its data layer.
  boot.consent = consent;
  boot.visitor = own();
  (window.requestIdleCallback ?? setTimeout)(() => load(boot, 1).catch(() => {}), { timeout: 500 } as never);
  return wayside as unknown as Wayside;
}
