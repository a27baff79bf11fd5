// The loader: it makes an instance of the Wasm, passes it the queue, and makes another one if it traps. If Wasm cannot run or has trapped twice, it
// loads the fallback, which continues with page views and calls.

import { __wbg_set_wasm as setWasm, drain, imports, prepare, shown, start } from '../build/glue.js';
import type { Boot, Item, Navigation, Running, View } from './boot.ts';
import type { File } from './generated/files.ts';
import { Message } from './generated/queue.ts';
import { pushedOtherwise } from './pushes.ts';

/** The result of a call that trapped, or of an instance that has trapped. The glue looks for an error in it. */
const NOTHING: never[] = [];

/** Starts Wayside with the Wasm from `source`. `boot` contains the inputs that were queued so far. */
export async function run(boot: Boot, attempt: number, source: unknown): Promise<void> {
  if (attempt < 2) {
    await ready(boot);
    settle(boot);
    listenToPushes(boot);
  }
  const { o, queue, off, navigation } = boot;
  const running = Object.assign(boot, {
    asked: new Map(),
    signal: new Set(),
    touchpoint: new Set(),
    scopes: new Set(),
    address: '',
    ...boot,
    end(): void {
      off.abort();
      own.abort();
      // Nobody is left to answer; a promise must not hang.
      boot.sink = ([, , a]) => (a as Function | undefined)?.call?.(0);
      queue.splice(0).forEach(boot.sink);
      running.asked.forEach(boot.sink);
    },
  }) as Running;

  /** Removes the loader's own listeners. */
  const own = new AbortController();
  /** Calls of the instance that are on the stack. */
  let depth = 0;
  let started = false;
  let trapped = false;
  let memory: WebAssembly.Memory;
  /** The memory and the queue before the page was left, while the Wasm processes that. */
  let leaving: [memory: Uint8Array, queue: Item[]] | undefined;

  const warn = (code: unknown, about: unknown): void => {
    if (o.debug) console.warn('wayside:', code, about);
  };

  /** Handles an instance that has trapped or could not start. The next instance starts as a new writer. */
  const broken = (error: unknown): void => {
    if (trapped) return;
    trapped = true;
    warn('wasm', error);
    own.abort();
    running.scopes.forEach((scope) => scope.abort());
    delete boot.sink;
    queue.push(...running.asked.values());
    running.asked.clear();
    if (started) {
      boot.writer = boot.newId();
      boot.sent = boot.lost = 0;
    }
    (started && attempt < 2 ? boot.load(boot, attempt + 1) : Promise.reject())
      .catch(async () => (await import('./wayside-alone.js' satisfies `./${File.alone}` as string)).goOnAlone(boot))
      .catch((error) => warn('alone', error));
  };

  /** Guards a function of the instance: whatever it throws ends the instance, and never reaches the page. */
  const guarded =
    (call: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      if (trapped && !depth) return NOTHING;
      depth++;
      try {
        if (trapped) throw new Error('trapped');
        return call(...args);
      } catch (error) {
        broken(error);
        // The instance itself has called this: its callers on the stack end, too.
        if (depth > 1) throw error;
        return NOTHING;
      } finally {
        depth--;
      }
    };

  /**
   * Firefox aborts the scripts of a tab that is being closed at any point, even within the Wasm, and then dispatches the next event. The aborted turn
   * is repeated from the memory and the queue before it; events that were already sent get the same seq.
   */
  const repeat = (): void => {
    if (!leaving) return;
    const [before, items] = leaving;
    depth = 0;
    new Uint8Array(memory.buffer).set(before);
    queue.splice(0, queue.length, ...new Set([...items, ...queue]));
    leaving = undefined;
  };

  const take = (): void => {
    repeat();
    try {
      drain();
    } catch {
      // `broken` knows it: a call of the page within a call of the instance does not throw.
    }
  };

  /** Collects messages and passes them to the Wasm at the end of the turn, so that a call costs the page no more than a copy. */
  const sink = (item: Item): void => {
    if (queue.push(item) === 1) queueMicrotask(take);
    // Clicks are processed immediately, because their element may be gone later.
    if (item[0] === Message.click) take();
  };

  try {
    if (o.thresholds || o.steps) running.rules ??= (await import('./wayside-rules.js' satisfies `./${File.rules}` as string)).rules(o, warn);
    const exports = await instantiate(source);
    memory = Object.values(exports).find((one) => one instanceof WebAssembly.Memory)!;
    setWasm(Object.fromEntries(Object.entries(exports).map(([name, one]) => [name, typeof one === 'function' ? guarded(one as never) : one])));
    prepare();

    if (document.readyState === 'complete') {
      queue.unshift([Message.loaded, performance.timeOrigin + (navigation?.loadEventEnd || performance.now())]);
    }
    // Listeners are registered first, so that they also get signals of earlier inputs: the view of a reloaded checkout always comes before its
    // listener.
    const rank = ([kind, time]: Item): number => (kind === Message.on || kind === Message.off ? 0 : time);
    queue.sort((a, b) => rank(a) - rank(b));
    started = true;
    const runs = start(running, attempt);
    if (trapped) return;
    started = !!runs;
    if (!runs) throw 'data-site: 1 to 64 of a-z, 0-9, - and _';
  } catch (error) {
    return broken(error);
  }
  const visibility = (event: Event): void => {
    repeat();
    if (event.type === 'pagehide') leaving = [new Uint8Array(memory.buffer).slice(), [...queue]];
    shown(event);
    leaving = undefined;
  };
  for (const type of ['visibilitychange', 'pagehide', 'pageshow']) addEventListener(type, visibility, { signal: own.signal, capture: true });
  // Unless the page has ended Wayside meanwhile.
  boot.sink ??= sink;
  take();
}

/** Makes an instance from an address, a response, bytes or a compiled module, or a promise of one of these. */
async function instantiate(source: unknown): Promise<WebAssembly.Exports> {
  // The bytes are compiled whole rather than as a stream: at this size a stream gains nothing, and it refuses a server that sends another type than
  // application/wasm.
  let from = await source;
  if (typeof from === 'string' || from instanceof URL) from = await fetch(from);
  if (from instanceof Response) {
    if (!from.ok) throw `${from.url}: HTTP ${from.status}`;
    from = await from.arrayBuffer();
  }
  const made = (await WebAssembly.instantiate(from as BufferSource, imports)) as WebAssembly.WebAssemblyInstantiatedSource | WebAssembly.Instance;
  return 'instance' in made ? made.instance.exports : made.exports;
}

/** Takes over the site's settings that an earlier page got from the collector. Options of this page come first. */
function settle(boot: Boot): void {
  try {
    const { version, ...kept } = JSON.parse(localStorage.getItem(`wayside.settings.${boot.o.site}`)!) as Settings;
    for (const name in kept) (boot.o as unknown as Settings)[name] ||= kept[name];
    // The collector answers with the settings unless they are these.
    boot.url += `&settings=${version}`;
  } catch {
    // There are none, or they cannot be read: the collector sends them.
  }
}

/** Reads the pushes that the bootstrap leaves out, those from before as well. */
function listenToPushes(boot: Boot): void {
  if (!boot.o.dataLayer) return;
  boot.pushed = pushedOtherwise;
  for (const push of [...((window as { dataLayer?: Iterable<unknown> }).dataLayer ?? [])]) {
    try {
      const found = pushedOtherwise(push);
      if (found) boot.call(...found);
    } catch {
      // A getter of the page throws.
    }
  }
}

/** Settings of a site by name, with their version. */
type Settings = Record<string, unknown>;

/**
 * Waits until a prerendered page is shown, and for the page's deferred scripts and modules, so that their listeners receive the first signals.
 * Inputs queued until a prerendered page was shown get that time.
 */
async function ready(boot: Boot): Promise<void> {
  const { queue } = boot;
  const [navigation] = performance.getEntriesByType('navigation') as Navigation[];
  boot.navigation = navigation;
  if ((document as { prerendering?: boolean }).prerendering) {
    await new Promise((resolve) => document.addEventListener('prerenderingchange', resolve));
  }
  if (document.readyState !== 'complete' && navigation?.domContentLoadedEventStart! < 1) {
    await new Promise((resolve) => addEventListener('DOMContentLoaded', resolve));
    await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: 500 } as never));
  }
  // Another tab may have changed visitor or consent in the meantime. Two first tabs that are opened at once may both make a visitor; whichever was
  // stored last is the one of both. A call of the page that waits in the queue comes later.
  const waits = (message: Message): boolean => queue.some(([kind]) => kind === message);
  if (!waits(Message.consent)) boot.consent = boot.kept('consent') || boot.consent;
  if (boot.consent === 'granted' && !waits(Message.reset)) boot.visitor = boot.kept('visitor') || boot.visitor;
  // The first message of the bootstrap is the page view.
  const view = queue[0]![2] as View;
  view[3] = navigation?.type.replace('navigate', 'link') ?? 'link';
  // A script of the page may have removed the campaign from the address before; the browser still knows what was opened.
  const campaign = /[?&]utm_/;
  if (navigation && campaign.test(navigation.name) && !campaign.test(view[0])) view[0] = navigation.name;
  const start = navigation?.activationStart;
  if (!start) return;
  for (const item of queue) item[1] = Math.max(item[1], performance.timeOrigin + start);
  view[3] = 'prerender';
}
