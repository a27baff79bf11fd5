// Capture of raw activity for detectors; it is never uploaded.

import { answers, hearing, ignored, name, origin } from './element.ts';
import { Activity, Take, type Boot } from './wasm.ts';

/** Passes a message to the page module. */
export type Say = (kind: Take, ...payload: unknown[]) => void;

/** Shortest time between reported pointer positions: long enough to save work, short enough to recognise turns. */
const POINTER_MS = 50;
/** Shortest time between reports of continuous activity. */
const USED_MS = 1000;
/** Time from a scroll event to the measurement of the scroll position. */
const SCROLL_MS = 100;

/** Reports raw activity in a window until `signal` is aborted. */
export function watch(view: Window, signal: AbortSignal, say: Say, boot: Boot): void {
  const { document } = view;
  const hear = hearing(view, signal);
  const activity = (which: Activity, ...rest: unknown[]): void => say(Take.activity, which, ...rest);
  /** Limits `then` to one call per `ms` milliseconds. */
  const seldom = <E extends Event>(ms: number, then: (event: E) => void): ((event: E) => void) => {
    let last = -ms;
    return (event) => {
      if (event.timeStamp - last < ms) return;
      last = event.timeStamp;
      then(event);
    };
  };

  const isPage = view === window;
  hear(
    'keydown pointerdown touchmove wheel',
    seldom(USED_MS, () => {
      activity(Activity.used);
      // A router may change the page without scrolling, so the depth is measured too.
      if (isPage) later();
    }),
  );
  hear(
    'pointermove',
    // Pressed buttons are ignored, because drawing, dragging and playing move back and forth on purpose; so are frames, in which coordinates have
    // another origin.
    seldom(POINTER_MS, (event: PointerEvent) => {
      if (isPage && !event.buttons && event.pointerType === 'mouse') activity(Activity.pointer, event.clientX, event.clientY);
    }),
  );
  let over = '';
  hear('pointerover', (event: PointerEvent) => {
    const button = boot.inStep && event.pointerType === 'mouse' && origin(event)?.closest('button,[type=submit]');
    const now = button && !ignored(button) ? name(button) : '';
    if (now === over) return;
    activity(Activity.over, (over = now));
    // A wait may have begun; this sets its timer.
    say(Take.turn);
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  // The callback of an observer runs after layout, so reading sizes does not force one.
  const scrolled = (): void =>
    new ResizeObserver((_, observer) => {
      observer.disconnect();
      timer = undefined;
      const { innerHeight, scrollY } = view;
      const seen = (scrollY + innerHeight) / document.documentElement.scrollHeight;
      // Queued even if the Wasm is not running yet, because a reader may not scroll again.
      boot.put(Take.activity, [Activity.scrolled, Math.round((scrollY / innerHeight) * 1000), Math.round(seen * 1000)]);
    }).observe(document.documentElement);
  const later = (): void => {
    timer ??= setTimeout(scrolled, SCROLL_MS);
  };
  if (isPage) {
    // Not in frames: above a frame there is still the page.
    hear('mouseout', ({ relatedTarget, clientY }: MouseEvent) => {
      if (!relatedTarget && clientY <= 0) activity(Activity.leftAtTop);
    });
    hear('scroll', later);
    // Before the load event, the page does not have its final height.
    if (document.readyState === 'complete') scrolled();
    else hear('load', later);
    const ratio = devicePixelRatio;
    const zoomed = (): void => activity(Activity.zoomed, Math.round((visualViewport!.scale * devicePixelRatio * 1000) / ratio));
    hear('resize', zoomed);
    hearing(visualViewport!, signal)('resize', zoomed);
  }

  // Recognition of responses to a click. The page is observed only after a press.
  let press = Press.none;
  const answered = (): void => {
    observer.disconnect();
    if (press === Press.clicked) activity(Activity.answered);
    press = press === Press.down ? Press.answeredEarly : Press.none;
  };
  const observer = new MutationObserver(answered);
  hear('pointerdown click', (event: MouseEvent) => {
    const target = origin(event);
    if (!target || !answers(target)) return;
    const early = press === Press.answeredEarly;
    press = event.type === 'click' ? Press.clicked : Press.down;
    // A change between press and click is a response to the click.
    if (early && press === Press.clicked) return answered();
    for (const root of [target.getRootNode(), document]) {
      observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    }
  });
  hear('scroll blur popstate selectionchange input', answered);
}

/** The state of a press whose response is awaited. */
const enum Press {
  none,
  down,
  clicked,
  answeredEarly,
}
