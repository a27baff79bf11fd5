// One POST to the collector.

/** Time limit of a request; a retry may succeed on a better connection. */
const PATIENCE_MS = 30_000;

/** Sends the body. Resolves to the status (0 if there was no response), `Retry-After` in seconds, and the JSON of the response. */
export async function post(url: string, body: BodyInit): Promise<[status: number, wait: number, answer: unknown]> {
  try {
    const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout?.(PATIENCE_MS) ?? null });
    const wait = +response.headers.get('Retry-After')! || 0;
    return [response.status, wait, await response.json().catch(() => null)];
  } catch {
    return [0, 0, null];
  }
}
