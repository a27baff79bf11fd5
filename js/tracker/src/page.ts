// The page module: it starts the Wasm, hands the queue over, and does in the page what the tracker asks. Where Wasm cannot
// run, or has trapped twice, it goes on alone with page views and calls.

import { goOnAlone } from './alone.ts';
import { newVisitor, newWriter } from './ids.ts';
import { post } from './post.ts';
import { Take, type Boot, type Glue, type Handle, type Item, type Page, type View } from './wasm.ts';

/** Starts Wayside behind `boot`, which has kept what happened so far. */
export async function run(boot: Boot, attempt: number, source: unknown, glue: Glue): Promise<void> {
  const { o, queue, off } = boot;
  if (attempt < 2) listen(boot);
  const hearers = (boot.hearers ??= { signal: new Set(), touchpoint: new Set() });
  let handle: Handle | undefined;
  let over = false;

  const warn = (code: unknown, about: unknown): void => {
    if (o.debug) console.warn('wayside:', code, about);
  };

  /** This instance has trapped or did not come about. The next one begins as a new writer. */
  const broken = (error: unknown): void => {
    if (over) return;
    over = true;
    warn('wasm', error);
    delete boot.sink;
    queue.push(...turn.splice(0));
    if (handle) {
      boot.writer = newWriter();
      boot.sent = 0;
    }
    if (handle && attempt < 2) boot.load(boot, attempt + 1).catch(() => goOnAlone(boot));
    else goOnAlone(boot);
  };

  /** Calls into the Wasm, as long as this instance is the one in use. Nothing it throws reaches the page. */
  const guard =
    (then: (...args: never[]) => void) =>
    (...args: never[]): void => {
      try {
        if (!over) then(...args);
      } catch (error) {
        broken(error);
      }
    };

  const take = (item: Item): void => {
    const [kind, time, a, b] = item;
    if (kind === Take.on || kind === Take.off) {
      hearers[a as string]?.[kind === Take.on ? 'add' : 'delete'](b as never);
      handle?.take(Take.listen, time, hearers['touchpoint']!.size > 0);
    } else {
      // A second attempt begins where this one stands.
      if (kind === Take.reset) boot.visitor = newVisitor();
      if (kind === Take.consent) boot.consent = a as string;
      handle?.take(kind, time, kind === Take.reset ? boot.visitor : a, b);
      if (kind === Take.shutdown) end();
    }
  };

  const end = (): void => {
    over = true;
    off.abort();
    // Nobody is left to answer; a promise must not hang.
    boot.sink = ([, , a]) => typeof a === 'function' && a();
    turn.splice(0).forEach(boot.sink);
  };

  const page = (what: string, a: unknown, b: unknown): unknown => {
    if (what === 'guard') return guard(a as never);
    if (what === 'send') {
      void post(boot.url, b as BodyInit).then(([status, wait, answer]) => sink([Take.sent, Date.now(), [a, status, wait], answer]));
    } else if (what === 'beacon') {
      navigator.sendBeacon(boot.url, a as BodyInit);
    } else if (what === 'warn') {
      warn(a, b);
    } else {
      for (const hear of [...hearers[what]!]) {
        try {
          hear(a);
        } catch (error) {
          warn(what, error);
        }
      }
      if (what === 'signal') document.dispatchEvent(new CustomEvent('wayside:signal', { detail: a }));
    }
    return undefined;
  };

  /** What the page says in one turn goes to the Wasm at its end: a call costs the page no more than a copy. */
  const turn: Item[] = [];
  const drain = guard(() => {
    for (let item; (item = turn.shift()); ) take(item);
  });
  const sink = (item: Item): void => {
    if (turn.push(item) === 1) queueMicrotask(drain);
  };

  try {
    await glue.default(source);
    const { timeOrigin } = performance;
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    handle = new glue.Wayside(
      {
        site: o.site,
        endpoint: o.endpoint,
        writer: boot.writer,
        visitor: boot.visitor,
        consent: boot.consent,
        automated: navigator.webdriver,
        reserved: boot.sent,
        navigation: timeOrigin,
        reloaded: navigation?.type === 'reload',
        loaded: document.readyState === 'complete' ? timeOrigin + (navigation?.loadEventEnd || performance.now()) : 0,
      },
      page as Page,
    );
    // Who listens hears of what was queued before, too: the view of a reloaded checkout is always before its listener.
    queue.sort(([a], [b]) => Number(b === Take.on) - Number(a === Take.on));
    // Callbacks of the page may add to the queue while it is handed over.
    for (const item of queue) take(item);
    queue.length = 0;
    if (over) return;
    handle.take(Take.live, Date.now());
    boot.sink = sink;
  } catch (error) {
    broken(error);
  }
}

/** Changes of address that the bootstrap leaves to this module: before it runs they are rare. */
function listen(boot: Boot): void {
  const put = (entry: string): void => {
    const { href: url } = location;
    const page: View = { url, referrer: document.referrer, title: document.title, entry, replaced: false };
    const item: Item = [Take.view, Date.now(), page];
    if (boot.sink) boot.sink(item);
    else boot.queue.push(item);
  };
  const { signal } = boot.off;
  for (const type of ['popstate', 'hashchange']) addEventListener(type, () => put('spa'), { signal });
  addEventListener('pageshow', (event) => event.persisted && put('bfcache'), { signal });
}
