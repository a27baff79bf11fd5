// What the page module hears of the page, besides what the bootstrap does: before it runs, this is rare or of no use.

import { watch, type Say } from './activity.ts';
import { hearing, name } from './element.ts';
import { watchForms } from './forms.ts';
import { isOwn } from './requests.ts';
import { keyOf } from './store.ts';
import { vitals } from './vitals.ts';
import { Take, type Boot, type View } from './wasm.ts';

/** Where a page says what a product is called and costs; `h1` of a page that says it is a product's. */
const PRODUCT =
  '[itemprop=name],[itemprop=price],[class*=price i],' +
  ':root:has([itemtype*=Product],meta[property="og:type"][content*=product]) h1';

/** Listens until `boot.off`. */
export function listen(boot: Boot): void {
  const { navigation, put, queue, view } = boot;
  const { site, endpoint } = boot.o;
  const { signal } = boot.off;
  const hear = hearing(window, signal);
  /** What is of no use to an instance that begins later. */
  const say: Say = (kind, ...payload) => boot.sink?.([kind, Date.now(), payload]);
  const call = (name: string, fields: object): void => put(Take.call, name, fields);

  // The address may have changed already.
  const seen = queue.filter(([kind]) => kind === Take.view).pop();
  if ((seen?.[2] as View)[0] !== location.href) view('spa');
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method];
    history[method] = function (...state) {
      original.apply(this, state);
      view('spa', method > 'q');
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
    // On leaving, the document is hidden in all of the three but pagehide.
    left ||= type === 'pagehide';
    if (type === 'pagehide' || document.hidden) {
      if (!told) call('web_vitals', { url: location.href, ...measured() });
      told = true;
      say(Take.hidden, left);
    } else {
      left = false;
      say(Take.visible);
    }
    if (type === 'pageshow' && persisted) view('bfcache');
  });
  hear('focus blur', () => say(Take.away, !document.hasFocus()), false);
  hear('storage', ({ key, newValue }: StorageEvent) => {
    if (!newValue) return;
    if (key === keyOf('consent', site)) put(Take.consent, newValue);
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
