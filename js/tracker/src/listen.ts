// The listeners of the page module. The bootstrap leaves them out, because before the page module runs these events are rare or useless.

import { watch, type Say } from './activity.ts';
import { hearing, name } from './element.ts';
import { watchForms } from './forms.ts';
import { isOwn } from './requests.ts';
import { kept, keyOf } from './store.ts';
import { vitals } from './vitals.ts';
import { Take, type Boot, type View } from './wasm.ts';

/** Elements that contain a product's name or price, including `h1` on a page that is marked up as a product page. */
const PRODUCT =
  '[itemprop=name],[itemprop=price],[class*=price i],' +
  // Engines without `:has` ignore it within `:is`.
  ':is(:root:has([itemtype*=Product],meta[property="og:type"][content*=product])) h1';

/** Listens until `boot.off` is aborted. */
export function listen(boot: Boot): void {
  const { navigation, put, queue, view } = boot;
  const { site, endpoint } = boot.o;
  const { signal } = boot.off;
  const hear = hearing(window, signal);
  /** Passes a message to the running instance only; it is not queued for a later one. */
  const say: Say = (kind, ...payload) => boot.sink?.([kind, Date.now(), payload]);
  const call = (name: string, fields: object): void => put(Take.call, name, fields);

  /**
   * Takes over decisions made in another page or tab, possibly while this one was hidden or asleep. It reads the current state instead of the events,
   * because two tabs that followed each other's past states would never stop. The visitor comes first; otherwise this tab would overwrite the visitor
   * who agreed.
   */
  const catchUp = (): void => {
    // Before the Wasm runs, a newer decision of this page may be in the queue.
    if (!boot.sink) return;
    const [visitor, consent] = ['visitor', 'consent'].map((what) => kept(what, site));
    if (visitor && visitor !== boot.visitor) put(Take.reset, visitor);
    if (consent && consent !== boot.consent) put(Take.consent, consent);
  };

  // The address may have changed already, most often because the page removed the campaign parameters.
  const seen = queue.filter(([kind]) => kind === Take.view).pop();
  if ((seen?.[2] as View)[0] !== location.href) view('spa', true);
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method];
    history[method] = function (...state) {
      const { href } = location;
      original.apply(this, state);
      // Routers store their state under the same address. Such calls must not be queued, because the beacon sent before the Wasm runs would count
      // them as views.
      if (href !== location.href) view('spa', method > 'q');
    };
  }
  // Runs after the page's own listeners, which may change the title.
  hear('popstate hashchange', () => view('spa'), false);
  hear('submit', () => say(Take.acted));
  hear('load', () => say(Take.loaded));

  const measured = vitals(navigation, signal);
  let told = false;
  /** Whether the page is being left. A page that is left is hidden next, and a restored page becomes visible first; neither is a switch of tabs. */
  let left = false;
  hear('visibilitychange pagehide pageshow', ({ type, persisted }: PageTransitionEvent) => {
    // While the page is left, `document.hidden` is true in all three events except pagehide. A page opened in the background has not been left and
    // has not been seen yet.
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
  /** Listens in a frame of the same origin, unless it runs Wayside itself. */
  const enterFrame = ({ contentWindow, contentDocument }: HTMLIFrameElement): void => {
    // A frame that is still loading or empty is handled at its load event; browsers keep the listeners of an empty window. A frame of another origin
    // has no accessible document. `about:blank` has eleven characters.
    if (contentDocument?.readyState !== 'complete' || !contentDocument.URL[11] || (contentWindow as { wayside?: unknown }).wayside) return;
    enter(contentWindow!);
    hearing(contentWindow!, signal)('click', (event) => put(Take.click, event));
  };
  document.querySelectorAll('iframe').forEach(enterFrame);
  // Load events of elements do not reach the window, only the document.
  hearing(document, signal)('load', ({ target }: Event) => enterFrame(target as HTMLIFrameElement));
}
