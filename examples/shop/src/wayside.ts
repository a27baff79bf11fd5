// The shop's three ways of telling Wayside something are a call (`track`), a GA4 push (`push`) and the
// `data-wayside-…` attributes that `markup.ts` writes. No event goes two ways, or it would count twice.

type Fields = Record<string, unknown>;

interface Wayside {
  (name: string, fields?: Fields): void;
  /** Calls made before `wayside.js` ran. */
  q?: IArguments[];
}

declare global {
  interface Window {
    wayside: Wayside;
    dataLayer: unknown[];
  }
}

// `wayside.js` is async: it may run after this. Until then calls wait in `q`, where it finds them.
window.wayside ??= function () {
  (window.wayside.q ??= []).push(arguments);
};
window.dataLayer ??= [];

/** Records a touchpoint by call. */
export function track(name: string, fields?: Fields): void {
  window.wayside(name, fields);
}

/** Records a touchpoint the way a shop with Google Analytics already does. */
export function push(event: string, ecommerce: Fields): void {
  // GA4 merges pushes: clearing `ecommerce` first keeps the items of one event out of the next.
  window.dataLayer.push({ ecommerce: null });
  window.dataLayer.push({ event, ecommerce });
}
