// What is captured without Wasm: page views, errors, copies and Core Web Vitals. The counterpart is `crates/web`.

import type { Boot, Running } from './boot.ts';
import { Message } from './generated/queue.ts';
import { vitals } from './vitals.ts';

/** Elements that contain a product's name or price, as `PRODUCT` in `crates/web/src/element.rs`. */
const PRODUCT =
  '[itemprop=name],[itemprop=price],[class*=price i],' +
  ':is(:root:has([itemtype*=Product],meta[property="og:type"][content*=product])) h1';

/** Listens until `boot.off` is aborted. */
export function capture(boot: Boot): void {
  const { signal } = boot.off;
  const call = (name: string, fields: object): void => boot.put(Message.call, name, fields);
  const hear = (type: string, then: (event: never) => void): void => addEventListener(type, then as EventListener, { signal, capture: true });

  for (const type of ['popstate', 'hashchange']) hear(type, () => boot.view('spa'));
  hear('pageshow', ({ persisted }: PageTransitionEvent) => persisted && boot.view('bfcache'));
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method];
    history[method] = function (...state) {
      original.apply(this, state);
      if (!signal.aborted) boot.view('spa');
    };
  }

  hear('unhandledrejection', ({ reason }: PromiseRejectionEvent) => call('page_error', { error: reason?.stack ? reason.name : 'rejection' }));
  const failed = new PerformanceObserver((entries) => {
    for (const { name, responseStatus } of entries.getEntries() as PerformanceResourceTiming[]) {
      const isOwn = ['/v1/', '/wayside'].some((path) => name.startsWith(boot.o.endpoint + path));
      if (responseStatus >= 400 && !isOwn) call('page_error', { error: `http_${responseStatus}`, url: name });
    }
  });
  // An instance that has run has reported the earlier ones.
  failed.observe({ type: 'resource', buffered: !('scopes' in boot) });
  signal.addEventListener('abort', () => failed.disconnect());

  hear('copy', () => {
    const product = getSelection()?.anchorNode?.parentElement?.closest(PRODUCT);
    if (product) call('copy', { element: name(product) });
  });
  const measured = vitals(boot.navigation, signal);
  const running = boot as Running;
  for (const type of ['visibilitychange', 'pagehide']) {
    hear(type, () => {
      // Once a page load, when it is hidden or left first.
      if (running.measured || (type !== 'pagehide' && !document.hidden)) return;
      running.measured = true;
      call('web_vitals', { url: location.href, ...measured() });
    });
  }
}

/** The element's name, as `name` in `crates/web/src/element.rs` makes it. */
function name(element: Element): string {
  const attribute = (key: string): string => element.getAttribute(key) ?? '';
  const label = attribute('aria-label') || attribute('name');
  const kind = attribute('role') || element.localName;
  return attribute('data-wayside-name') || kind + (attribute('id') && `#${attribute('id')}`) + (label && ` ${label}`);
}
