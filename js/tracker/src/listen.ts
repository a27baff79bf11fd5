// What the page module hears of the page, besides what the bootstrap does: before it runs, this is rare or of no use.

import { keyOf } from './store.ts';
import { Take, type Boot, type View } from './wasm.ts';

/** Listens until `boot.off`. Nothing is ever prevented or stopped. */
export function listen(boot: Boot): void {
  const { put, queue, view } = boot;
  const { site } = boot.o;
  const { signal } = boot.off;
  const hear = (types: string[], then: (event: never) => void, capture: boolean): void => {
    for (const type of types) addEventListener(type, then as EventListener, { signal, capture });
  };
  /** What is of no use to an instance that begins later. */
  const say = (kind: Take): void => boot.sink?.([kind, Date.now()]);

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
  hear(['popstate', 'hashchange'], () => view('spa'), false);
  hear(['submit'], () => say(Take.acted), true);
  hear(['load'], () => say(Take.loaded), true);
  hear(
    ['visibilitychange', 'pagehide', 'pageshow'],
    ({ type, persisted }: PageTransitionEvent) => {
      // On leaving, the document is hidden in all of the three but pagehide.
      say(type === 'pagehide' || document.hidden ? Take.hidden : Take.visible);
      if (type === 'pageshow' && persisted) view('bfcache');
    },
    true,
  );
  hear(
    ['storage'],
    ({ key, newValue }: StorageEvent) => {
      if (!newValue) return;
      if (key === keyOf('consent', site)) put(Take.consent, newValue);
      if (key === keyOf('journey', site)) say(Take.journey);
    },
    true,
  );
}
