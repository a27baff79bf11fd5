// Waiting for what must come.

import { deepStrictEqual } from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Long enough for a retry of the tracker and a busy machine. */
const PATIENCE_MS = 30_000;
/** Between two questions. */
const PAUSE_MS = 40;

/** Asks until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  let last: unknown;
  for (;;) {
    // Who cannot be asked now may answer next time.
    const answer = await ask().catch((error: unknown) => void (last = error));
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`, { cause: last });
    await pause(PAUSE_MS);
  }
}

/** Asks until the answer is the wanted one; the last one is the failure. */
export async function becomes<T>(ask: () => Promise<T>, wanted: T): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask().catch((error: unknown) => error);
    try {
      return deepStrictEqual(answer, wanted);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await pause(PAUSE_MS);
  }
}
