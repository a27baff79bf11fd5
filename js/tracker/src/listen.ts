// What the page module hears of the page, besides what the bootstrap does: before it runs, this is rare or of no use.

import { watch, type Say } from './activity.ts';
import { hearing, name } from './element.ts';
import { watchForms } from './forms.ts';
import { isOwn } from './requests.ts';
import { kept, keyOf } from './store.ts';
import { vitals } from './vitals.ts';
import { Take, type Boot, type View } from './wasm.ts';

/** Where a page says what a product is called and costs; `h1` of a page that says it is a product's. */
const PRODUCT =
  '[itemprop=name],[itemprop=price],[class*=price i],' +
  // An engine without `:has` forgives what stands in `:is`.
  ':is(:root:has([itemtype*=Product],meta[property="og:type"][content*=product])) h1';

/** Listens until `boot.off`. */
export function listen(boot: Boot): void {
  const { navigation, put, queue, view } = boot;
  const { site, endpoint } = boot.o;
  const { signal } = boot.off;
  const hear = hearing(window, signal);
  /** What is of no use to an instance that begins later. */
  const say: Say = (kind, ...payload) => boot.sink?.([kind, Date.now(), payload]);
  const call = (name: string, fields: object): void => put(Take.call, name, fields);

  /**
   * Another page or tab may have decided, also while this one was hidden or asleep. As it stands by now: two tabs that
   * followed each other's past would never end. The visitor first, who else would be stored over the one that agreed.
   */
  const catchUp = (): void => {
    // Before the Wasm runs, what the page itself said last may wait in the queue.
    if (!boot.sink) return;
    const [visitor, consent] = ['visitor', 'consent'].map((what) => kept(what, site));
    if (visitor && visitor !== boot.visitor) put(Take.reset, visitor);
    if (consent && consent !== boot.consent) put(Take.consent, consent);
  };

  // The address may have changed already: most often, its campaign was taken out.
  const seen = queue.filter(([kind]) => kind === Take.view).pop();
  if ((seen?.[2] as View)[0] !== location.href) view('spa', true);
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method];
    history[method] = function (...state) {
      const { href } = location;
      original.apply(this, state);
      // Routers keep their state with the same address; who leaves before the Wasm runs has seen one page all the same.
      if (href !== location.href) view('spa', method > 'q');
    };
  }
  // After the page's own listeners, which may change the title.
  hear('popstate hashchange', () => view('spa'), false);
  hear('submit', () => say(Take.acted));
  hear('load', () => say(Take.loaded));

  const measured = vitals(navigation, signal);
  let told = false;
  /** Left pages are hidden next, and a page out of the back/forward cache is visible first: that is no other tab. */
  let left = false;
  hear('visibilitychange pagehide pageshow', ({ type, persisted }: PageTransitionEvent) => {
    // On leaving, the document is hidden in all of the three but pagehide. Who opens a page in the background has not left it for
    // another, and has seen nothing of it yet.
    left ||= type !== 'visibilitychange';
    if (type === 'pagehide' || document.hidden) {
      if (!told && type !== 'pageshow') {
        told = true;
        call('web_vitals', { url: location.href, ...measured() });
      }
      say(Take.hidden, left);
    } else {
      left = false;
      catchUp();
      say(Take.visible);
    }
    if (type === 'pageshow' && persisted) view('bfcache');
  });
  hear('focus blur', () => say(Take.away, !document.hasFocus()), false);
  hear('storage', ({ key }: StorageEvent) => {
    catchUp();
    if (key === keyOf('journey', site)) say(Take.journey);
  });

  hear('unhandledrejection', ({ reason }: PromiseRejectionEvent) => call('page_error', { error: reason?.stack ? reason.name : 'rejection' }));
  hear('copy', () => {
    const product = getSelection()?.anchorNode?.parentElement?.closest(PRODUCT);
    if (product) call('copy', { element: name(product) });
  });
  const failed = (entries: PerformanceObserverEntryList, observer: PerformanceObserver): void => {
    if (signal.aborted) return observer.disconnect();
    for (const { name, responseStatus } of entries.getEntries() as PerformanceResourceTiming[]) {
      if (responseStatus >= 400 && !isOwn(name, endpoint)) call('page_error', { error: `http_${responseStatus}`, url: name });
    }
  };
  new PerformanceObserver(failed).observe({ type: 'resource', buffered: true });

  const enter = (view: Window): void => {
    watch(view, signal, say, boot);
    watchForms(view, signal, say);
  };
  enter(window);
  /** A frame of the same origin is part of the page, unless it has a Wayside of its own. */
  const enterFrame = ({ contentWindow, contentDocument }: HTMLIFrameElement): void => {
    // One that still loads, or is still empty, comes again when it has: browsers keep an empty window's listeners. One of another
    // origin shows no document, and nothing in it is ours to see.
    // `about:blank` has eleven signs.
    if (contentDocument?.readyState !== 'complete' || !contentDocument.URL[11] || (contentWindow as { wayside?: unknown }).wayside) return;
    enter(contentWindow!);
    hearing(contentWindow!, signal)('click', (event) => put(Take.click, event));
  };
  document.querySelectorAll('iframe').forEach(enterFrame);
  // What loads in a document is not heard of in its window.
  hearing(document, signal)('load', ({ target }: Event) => enterFrame(target as HTMLIFrameElement));
}
