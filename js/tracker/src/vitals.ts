// Core Web Vitals without Wasm, as Google's `web-vitals` library defines them; the counterpart is `crates/web/src/vitals.rs`.

import type { Navigation } from './boot.ts';

/** An interaction with the page: its id and its duration. */
type Interaction = [id: number, ms: number];

/** Most interactions that are kept, which covers the 98th percentile of 500. */
const INTERACTIONS_MAX = 10;

/** Starts observing, including earlier entries, until `signal` is aborted. Returns a function that returns the current values as fields of `web_vitals`. */
export function vitals(navigation: Navigation | undefined, signal: AbortSignal): () => Record<string, number> {
  const found: Record<string, number> = {};
  const start = navigation?.activationStart ?? 0;
  const since = (ms: number): number => Math.max(0, ms - start);
  const observe = (type: string, then: (entry: never) => void): void => {
    // A browser that does not support an entry type ignores it.
    const hear: PerformanceObserverCallback = (list, observer) =>
      signal.aborted ? observer.disconnect() : list.getEntries().forEach(then as never);
    new PerformanceObserver(hear).observe({ type, buffered: true, durationThreshold: 40 } as PerformanceObserverInit);
  };
  // Paint times of a page that is opened in the background mean nothing.
  const seen = !document.hidden;
  if (navigation) found['ttfb_ms'] = since(navigation.responseStart);
  observe('paint', ({ name, startTime }: PerformanceEntry) => {
    if (seen && name === 'first-contentful-paint') found['fcp_ms'] = since(startTime);
  });
  observe('largest-contentful-paint', ({ startTime }: PerformanceEntry) => {
    if (seen) found['lcp_ms'] = since(startTime);
  });

  let shift = 0;
  let first = 0;
  let last = 0;
  observe('layout-shift', ({ hadRecentInput, startTime, value }: PerformanceEntry & { hadRecentInput: boolean; value: number }) => {
    if (hadRecentInput) return;
    // Layout shifts less than a second apart form a session window of at most five seconds.
    if (!shift || startTime - last >= 1000 || startTime - first >= 5000) {
      shift = 0;
      first = startTime;
    }
    last = startTime;
    shift += value;
    found['cls_permille'] = Math.max(found['cls_permille'] ?? 0, shift * 1000);
  });

  let longest: Interaction[] = [];
  const interacted = ({ interactionId, duration }: PerformanceEventTiming & { interactionId?: number }): void => {
    if (!interactionId) return;
    const known = longest.find(([id]) => id === interactionId);
    if (known) known[1] = Math.max(known[1], duration);
    else longest.push([interactionId, duration]);
    longest = longest.sort((a, b) => b[1] - a[1]).slice(0, INTERACTIONS_MAX);
    // The 98th percentile: one interaction in fifty may be worse. The result is not a number if the browser does not count interactions or a test
    // replaces its clock.
    const { interactionCount } = performance as unknown as { interactionCount: number };
    const [, ms] = longest[Math.min(longest.length - 1, (interactionCount / 50) | 0)]!;
    found['inp_ms'] = ms;
  };
  observe('event', interacted);
  observe('first-input', interacted);

  return () => {
    if ('fcp_ms' in found) found['cls_permille'] ??= 0;
    for (const name in found) found[name] = Math.round(found[name]!);
    return found;
  };
}
