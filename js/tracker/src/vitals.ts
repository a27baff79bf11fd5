// Core Web Vitals, as Google's `web-vitals` library defines them.

import type { Navigation } from './wasm.ts';

/** An interaction of the page. */
type Interaction = [id: number, ms: number];

/** Most interactions that are kept: the 98th percentile of 500. */
const INTERACTIONS_MAX = 10;

/** Begins to observe, what was before included. Gives what there is so far, in fields of `web_vitals`, until `signal`. */
export function vitals(navigation: Navigation | undefined, signal: AbortSignal): () => Record<string, number> {
  const found: Record<string, number> = {};
  const start = navigation?.activationStart ?? 0;
  const since = (ms: number): number => Math.max(0, ms - start);
  const observe = (type: string, then: (entry: never) => void): void => {
    // A browser that does not tell of something takes no notice of this.
    const hear: PerformanceObserverCallback = (list, observer) =>
      signal.aborted ? observer.disconnect() : list.getEntries().forEach(then as never);
    new PerformanceObserver(hear).observe({ type, buffered: true, durationThreshold: 40 } as PerformanceObserverInit);
  };
  // Of a page that is opened in the background nothing is painted for anybody.
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
    // Shifts less than a second apart, five seconds at most, are one.
    if (startTime - last >= 1000 || startTime - first >= 5000) {
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
    // One in fifty may be worse.
    // Not a number where the browser does not count, or a test's clock stands in its place.
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
