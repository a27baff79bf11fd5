// Raw activity: what detectors look at and nobody uploads.

import { answers, hearing, ignored, name, origin } from './element.ts';
import { Activity, Take, type Boot } from './wasm.ts';

/** How the page module is told. */
export type Say = (kind: Take, ...payload: unknown[]) => void;

/** Fewer pointer positions than the eye sees, enough to tell a turn. */
const POINTER_MS = 50;
/** A visitor who goes on doing something is told of once in this. */
const USED_MS = 1000;
/** A scroll is looked at when it has gone on for this long. */
const SCROLL_MS = 100;

/** Hears raw activity in a window until `signal`. */
export function watch(view: Window, signal: AbortSignal, say: Say, boot: Boot): void {
  const { document } = view;
  const hear = hearing(view, signal);
  const activity = (which: Activity, ...rest: unknown[]): void => say(Take.activity, which, ...rest);
  /** Calls at most once in `ms`. */
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
      // What a router shows is seen without scrolling.
      if (isPage) later();
    }),
  );
  hear(
    'pointermove',
    // Who draws, drags or plays goes to and fro on purpose; in a frame the pointer has another origin.
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
    // A wait has begun, and nothing else may happen that sets the timer for it.
    say(Take.turn);
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  // Where an observer is called, the layout is done: to look at sizes costs nothing.
  const scrolled = (): void =>
    new ResizeObserver((_, observer) => {
      observer.disconnect();
      timer = undefined;
      const { innerHeight, scrollY } = view;
      const seen = (scrollY + innerHeight) / document.documentElement.scrollHeight;
      // Into the queue where the Wasm does not run yet: who only looks scrolls no second time.
      boot.put(Take.activity, [Activity.scrolled, Math.round((scrollY / innerHeight) * 1000), Math.round(seen * 1000)]);
    }).observe(document.documentElement);
  const later = (): void => {
    timer ??= setTimeout(scrolled, SCROLL_MS);
  };
  if (isPage) {
    // Above a frame is the page.
    hear('mouseout', ({ relatedTarget, clientY }: MouseEvent) => {
      if (!relatedTarget && clientY <= 0) activity(Activity.leftAtTop);
    });
    hear('scroll', later);
    // Before that, the page has not its height. The listeners make a frame, and this comes with it.
    if (document.readyState === 'complete') scrolled();
    else hear('load', later);
    const ratio = devicePixelRatio;
    const zoomed = (): void => activity(Activity.zoomed, Math.round((visualViewport!.scale * devicePixelRatio * 1000) / ratio));
    hear('resize', zoomed);
    hearing(visualViewport!, signal)('resize', zoomed);
  }

  // What a press may change. Nothing is observed but for the moment after it.
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
    // What answers before the press is a click answers the click.
    if (early && press === Press.clicked) return answered();
    for (const root of [target.getRootNode(), document]) {
      observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    }
  });
  hear('scroll blur popstate selectionchange input', answered);
}

/** How far a press has come whose answer is looked for. */
const enum Press {
  none,
  down,
  clicked,
  answeredEarly,
}
