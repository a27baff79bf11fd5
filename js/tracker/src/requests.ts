// Requests of the page and their durations.

/** Whether a request belongs to Wayside: a batch or a file of the SDK. The shop itself may be on the collector's origin. */
export const isOwn = (url: string, endpoint: string): boolean => ['/v1/', '/wayside'].some((path) => url.startsWith(endpoint + path));

/** Returns a function that returns start and end of each `fetch` and `XMLHttpRequest` finished since its last call, except Wayside's own. */
export function requestsBut(endpoint: string): () => [start: number, end: number][] {
  /** The end of the last request that was read, by the page's clock. */
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
