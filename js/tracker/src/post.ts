// One POST to the collector.

/** A request that takes longer has failed: the next one may find a better line. */
const PATIENCE_MS = 30_000;

/** What came of it: the status (0 where there was none), `Retry-After` in seconds, and the answer's JSON. */
export async function post(url: string, body: BodyInit): Promise<[status: number, wait: number, answer: unknown]> {
  try {
    const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout?.(PATIENCE_MS) ?? null });
    const wait = +response.headers.get('Retry-After')! || 0;
    return [response.status, wait, await response.json().catch(() => null)];
  } catch {
    return [0, 0, null];
  }
}
