// What runs inside the visited page, beside the shop and the tracker.

/** Sets the page's clock off by `offsetMs`. Timers run as ever: only what the clock says is another time. */
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
}

/** Counts captured touchpoints over all pages of the profile, whatever page captured them. */
export function countCaptured() {
  const KEY = 'visits.captured';
  const count = () => localStorage.setItem(KEY, String(Number(localStorage.getItem(KEY) ?? 0) + 1));
  // The load event of the tracker's script comes right after it ran and before it captured anything through Wasm.
  document.addEventListener('load', (event) => {
    if (event.target instanceof HTMLScriptElement && event.target.src.endsWith('/wayside.js')) window.wayside.on('touchpoint', count);
  }, true);
}

/** How many touchpoints were captured in this profile. */
export function capturedSoFar(page) {
  return page.evaluate(() => Number(localStorage.getItem('visits.captured') ?? 0));
}
