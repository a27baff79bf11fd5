// Which requests the page made, and how long they took.

/** Whether a request is a batch on its way or our own Wasm. The shop may well stand on the collector's origin. */
export const isOwn = (url: string, endpoint: string): boolean => ['/v1/', '/wayside'].some((path) => url.startsWith(endpoint + path));

/** Gives start and end of each `fetch` and `XMLHttpRequest` that has finished since it was called last; not our own. */
export function requestsBut(endpoint: string): () => [start: number, end: number][] {
  /** When the last one that was read ended, by the page's clock. */
  let readTo = 0;
  return () => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const fresh = entries.filter(
      ({ name, initiatorType, responseEnd }) =>
        responseEnd > readTo &&
        /^(fetch|xml)/.test(initiatorType) &&
        !isOwn(name, endpoint),
    );
    readTo = Math.max(readTo, ...fresh.map(({ responseEnd }) => responseEnd));
    const { timeOrigin } = performance;
    return fresh.map(({ startTime, responseEnd }) => [timeOrigin + startTime, timeOrigin + responseEnd]);
  };
}
