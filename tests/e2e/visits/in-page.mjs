// What runs inside the visited page, beside the shop and the tracker.

/** Sets the page's clock off by `offsetMs`, each time by more. Timers run as ever: only what the clock says is another time. */
export function shiftClock(offsetMs) {
  const RealDate = Date;
  class ShiftedDate extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + offsetMs);
      else super(...args);
    }

    static now() {
      return RealDate.now() + offsetMs;
    }
  }
  window.Date = ShiftedDate;
  // A clock that is off is off for the whole browser.
  const timeOrigin = performance.timeOrigin + offsetMs;
  Object.defineProperty(performance, 'timeOrigin', { get: () => timeOrigin, configurable: true });
}

/** Goes back from the page with this query, once it has been seen for a moment. */
export function backAtOnce(query) {
  if (location.search !== query) return;
  addEventListener('load', async () => {
    // A page whose Wasm does not run yet tells of itself in another way.
    await window.wayside.status();
    setTimeout(() => history.back(), 400);
  });
}

/** Adds up what every page life of this profile captured. A page says it when it is left; the last one is asked. */
export function countCaptured() {
  const KEY = 'visits.captured';
  let leaves = false;
  const unheard = (event) => window.visitIsOver && event.stopImmediatePropagation();
  for (const end of ['pagehide', 'visibilitychange']) addEventListener(end, unheard, true);
  addEventListener('pagehide', () => (leaves = true));
  // A page that is left is hidden after that; the tracker has said its last word by then, and answers at once.
  document.addEventListener('visibilitychange', () => {
    if (!leaves || !document.hidden) return;
    void window.wayside.status().then(({ captured }) => localStorage.setItem(KEY, String(Number(localStorage.getItem(KEY) ?? 0) + captured)));
  });
}

/**
 * How many touchpoints were captured in this profile, those of the page's end included: the page is as good as left, and come
 * back to. The visit is over then: of the page's real end nobody hears, since on a slow machine it would tell of the time since.
 */
export function capturedSoFar(page) {
  return page.evaluate(async () => {
    for (const type of ['pagehide', 'pageshow']) dispatchEvent(new PageTransitionEvent(type));
    let pending, captured;
    do {
      await window.wayside.flush();
      ({ pending, captured } = await window.wayside.status());
    } while (pending > 0);
    window.visitIsOver = true;
    return Number(localStorage.getItem('visits.captured') ?? 0) + captured;
  });
}
