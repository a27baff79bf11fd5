// The page module: it starts the Wasm, passes it the queue, and carries out the tracker's effects in the page. If Wasm cannot run or has trapped
// twice, it loads the fallback, which continues with page views and calls.

import { load as begin, memory, take as wasm } from '../build/glue.js';
import { click, origin } from './element.ts';
import { listen } from './listen.ts';
import { post } from './post.ts';
import { requestsBut } from './requests.ts';
import { keep, kept, keyOf, load, outboxes, purge, remove } from './store.ts';
import { decode, encode } from './value.ts';
import { Take, type Boot, type Done, type Effect, type Item, type Question, type Rules, type Start, type View } from './wasm.ts';

/** Starts Wayside with the Wasm from `source`. `boot` contains the inputs that were queued so far. */
export async function run(boot: Boot, attempt: number, source: unknown): Promise<void> {
  const { o, navigation, queue, off } = boot;
  const { site } = o;
  delete boot.inStep;
  if (attempt < 2) {
    await activated(boot);
    listen(boot);
  }
  const hearers = (boot.hearers ??= { signal: new Set(), touchpoint: new Set() });
  const requests = requestsBut(o.endpoint);
  const journey = (): Uint8Array => load(keyOf('journey', site));

  /** Messages of this turn of the event loop that the Wasm has not processed yet. */
  let turn: Item[] = [];
  /** The messages of the turn in which the page is left, and the memory of the Wasm before it. */
  let leaving: [before: Uint8Array, turn: Item[]] | undefined;
  /** Callbacks of the page. They run once our own work is complete, because they may call Wayside again. */
  const callbacks: (() => void)[] = [];
  /** Pending promises by token. */
  const asked = new Map<number, Item>();
  let token = 0;
  let answer: [stage: string, status: unknown];
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The key of the outbox that was just passed to the Wasm. */
  let handed = '';
  let started = false;
  let over = false;
  let rules: Rules | undefined;

  const warn = (code: unknown, about: unknown): void => {
    if (o.debug) console.warn('wayside:', code, about);
  };

  /** Handles an instance that has trapped or could not start. The next instance starts as a new writer. */
  const broken = (error: unknown): void => {
    if (over) return;
    over = true;
    warn('wasm', error);
    delete boot.sink;
    queue.push(...turn.splice(0), ...asked.values());
    if (started) {
      boot.writer = boot.newId();
      boot.sent = 0;
    }
    (started && attempt < 2 ? boot.load(boot, attempt + 1) : Promise.reject())
      .catch(async () => (await import('./wayside-alone.js' as string)).goOnAlone(boot))
      .catch((error) => warn('alone', error));
  };

  const end = (): void => {
    over = true;
    off.abort();
    clearTimeout(timer);
    // Nobody is left to answer; a promise must not hang.
    boot.sink = ([, , a]) => (a as Function | undefined)?.call?.(0);
    turn.forEach(boot.sink);
  };

  const tell = (what: 'signal' | 'touchpoint', value: never): void => {
    const call = (then: (value: never) => unknown): unknown =>
      callbacks.push(() => {
        try {
          then(value);
        } catch (error) {
          warn(what, error);
        }
      });
    hearers[what]!.forEach(call);
    if (what === 'signal') call((detail) => document.dispatchEvent(new CustomEvent('wayside:signal', { detail })));
  };

  const settle = (token: number, value?: unknown): void => {
    const resolve = asked.get(token)?.[2] as ((value: unknown) => void) | undefined;
    asked.delete(token);
    resolve?.(value);
  };

  /** The handlers of effects, in the order of {@link Effect}. */
  const ways: ((a: never, b: never) => unknown)[] = [
    () => later(Take.turn),
    (what: string, kept: string | Uint8Array) => {
      const key = keyOf(what, what === 'outbox' ? `${site}.${boot.writer}` : site);
      if (!kept.length) remove(key);
      else if (!keep(key, kept)) {
        // The outbox that was to be taken over stays in storage.
        handed = '';
        later(Take.storageFailed);
      }
    },
    () => remove(handed),
    () => purge(site),
    (body, id) => post(boot.url, body).then((answer) => later(Take.sent, [id, ...answer, Math.random() * 2 ** 32])),
    (body) => navigator.sendBeacon(boot.url, body),
    (ms) => {
      clearTimeout(timer);
      timer = setTimeout(later, ms, Take.timer);
    },
    (signal) => tell('signal', signal),
    (touchpoint) => tell('touchpoint', touchpoint),
    settle,
    warn,
    (...said) => (answer = said),
  ];

  const carryOut = (bytes: Uint8Array): void => {
    const done = decode(bytes) as Done;
    boot.inStep = done.pop() as boolean;
    for (const [which, a, b] of done as Effect[]) ways[which]!(a, b);
  };

  const say = (kind: Take, time: number, payload: Uint8Array = new Uint8Array()): void => carryOut(wasm(kind, time, payload));

  const take = (item: Item): void => {
    const [kind, time, a, b] = item;
    // The bootstrap may already have sent messages from its queue.
    const early = !boot.sink;
    if (kind === Take.call) {
      tellRequests(time);
      say(kind, time, encode([text(a), b, early]));
    } else if (kind === Take.view) {
      say(kind, time, encode([...(a as View), early]));
      const step = rules?.step(a as View);
      if (step) {
        tellRequests(time);
        say(Take.call, time, encode(['checkout_step', { step }, false]));
      }
    } else if (kind === Take.click) {
      clicked(a as MouseEvent, time);
    } else if (kind === Take.consent) {
      // A second attempt starts with this decision.
      boot.consent = text(a);
      say(kind, time, encode([boot.consent]));
      // A visitor who agrees later is a new visitor.
      if (a === 'denied') take([Take.reset, time, boot.newId()]);
    } else if (kind === Take.reset) {
      boot.visitor = a as string;
      say(kind, time, encode([boot.visitor]));
    } else if (kind === Take.flush || kind === Take.ask) {
      asked.set(++token, item);
      say(kind, time, encode([token]));
      if (kind === Take.ask) settle(token, [...answer, boot.visitor][b as Question]);
    } else if (kind === Take.sent || kind > Take.off) {
      say(kind, time, encode(a));
    } else if (kind === Take.on || kind === Take.off) {
      hearers[a as string]?.[kind === Take.on ? 'add' : 'delete']?.(b as never);
      listenFor(time);
    } else if (kind === Take.journey) {
      follow(time);
    } else {
      if (kind === Take.visible) follow(time);
      if (kind === Take.acted || kind === Take.hidden) tellRequests(time);
      say(kind, time, a ? encode(a) : undefined);
      if (kind === Take.shutdown) end();
    }
  };

  const clicked = (event: MouseEvent, time: number): void => {
    take([Take.acted, time]);
    const target = origin(event);
    // A click dispatched by a script may have the document or nothing as its target.
    if (!target) return;
    // A click on the label's control follows.
    const label = target.closest('label');
    if (label?.control && !label.control.contains(target)) return;
    // Clicks dispatched by scripts do not count for signals.
    if (event.isTrusted) say(Take.click, time, encode(click(event, target)));
    // Even if a click is not a touchpoint, its timer has to be set.
    later(Take.turn);
  };

  /** Reports requests to the clock of the checkout step before a step may end or another response is awaited. */
  const tellRequests = (time: number): void => {
    if (boot.inStep) for (const request of requests()) say(Take.request, time, encode(request));
  };

  const listenFor = (time: number): void => say(Take.listen, time, encode([hearers['touchpoint']!.size > 0]));

  /** Takes over the journey that another tab has stored; the Wasm ignores an empty one. */
  const follow = (time: number): void => say(Take.journey, time, journey());

  const drain = (leaves?: boolean): void => {
    // Firefox aborts the scripts of a tab that is being closed at any point, even within the Wasm, and then dispatches the next event. The aborted
    // turn is repeated from the memory before it; events that were already sent get the same seq.
    if (leaving) {
      memory().set(leaving[0]);
      turn = [...new Set([...leaving[1], ...turn])];
    }
    if (leaves) leaving = [memory().slice(), [...turn]];
    try {
      for (let item; !over && (item = turn.shift()); ) take(item);
    } catch (error) {
      broken(error);
    }
    leaving = undefined;
    for (let call; (call = callbacks.shift()); ) call();
  };

  /** Collects messages and passes them to the Wasm at the end of the turn, so that a call costs the page no more than a copy. */
  const sink = (item: Item): void => {
    if (turn.push(item) === 1) queueMicrotask(drain);
    // Clicks are processed immediately because their element may be gone later, and so is leaving the page, because there may be no later turn.
    const leaves = item[0] === Take.hidden;
    if (leaves || item[0] === Take.click) drain(leaves);
  };

  /** Queues a message of this instance only; it is not passed on to the next instance. */
  const later = (kind: Take, a?: unknown): void => sink([kind, Date.now(), a]);

  try {
    await begin(source);
    const { timeOrigin } = performance;
    const granted = boot.consent === 'granted';
    if (o.thresholds || o.steps) rules = (await import('./wayside-rules.js' as string)).rules(o, warn);
    const start: Start = [
      site,
      boot.writer,
      boot.visitor,
      boot.consent,
      navigator.webdriver,
      boot.sent,
      timeOrigin,
      navigation?.type === 'reload',
      o.off,
      rules?.places ?? [],
      navigator.userAgent,
      navigator.maxTouchPoints,
      matchMedia('(pointer:coarse)').matches,
      Math.min(screen.width, screen.height),
    ];
    say(Take.start, Date.now(), Uint8Array.from([...encode(start), ...(granted ? journey() : [])]));
    // The Wasm returns nothing if it could not start.
    if (boot.inStep === undefined) throw 'data-site: 1 to 64 of a-z, 0-9, - and _';
    started = true;
    if (granted) {
      for (handed of outboxes(site)) say(attempt < 2 ? Take.outbox : Take.orphan, Date.now(), load(handed));
    } else if (boot.consent === 'denied') {
      // The page on which consent was withdrawn may have been left before its Wasm was running.
      purge(site);
    }
    listenFor(Date.now());
    say(Take.away, Date.now(), encode([document.hidden || !document.hasFocus()]));

    if (document.readyState === 'complete') queue.unshift([Take.loaded, timeOrigin + (navigation?.loadEventEnd || performance.now())]);
    // Listeners are registered first, so that they also get signals of earlier inputs: the view of a reloaded checkout always comes before its
    // listener.
    const rank = ([kind, time]: Item): number => (kind === Take.on || kind === Take.off ? 0 : time);
    queue.sort((a, b) => rank(a) - rank(b));
    // `take`, unless the page has ended Wayside meanwhile.
    for (const item of queue) (boot.sink ?? take)(item);
    queue.length = 0;
    boot.sink ??= sink;
    drain();
  } catch (error) {
    broken(error);
  }
}

/** Waits until a prerendered page is shown. Inputs queued until then get that time. */
async function activated(boot: Boot): Promise<void> {
  const { o, navigation, queue } = boot;
  if ((document as { prerendering?: boolean }).prerendering) {
    await new Promise((resolve) => document.addEventListener('prerenderingchange', resolve));
  }
  const start = navigation?.activationStart;
  if (!start) return;
  // The page before may have changed visitor or consent in the meantime.
  for (const what of ['visitor', 'consent'] as const) boot[what] = kept(what, o.site) || boot[what];
  for (const item of queue) item[1] = Math.max(item[1], performance.timeOrigin + start);
  // The first message of the bootstrap is the page view.
  (queue[0]![2] as View)[3] = 'prerender';
}

const text = (said: unknown): string => (typeof said === 'string' ? said : '');
