/** How far the server is with the answers that the page waits for. */

import type { Pass } from '../generated/reports.ts';
import { isoDay } from './format.ts';
import type { Scope } from './state.ts';

/** A report that was asked for and has not arrived. */
export interface Asked {
  readonly report: string;
  readonly site: string;
  readonly scope: Scope;
}

/** How far the reading of the data is. */
export interface Reading {
  readonly partsDone: number;
  /** 0 while the server has not begun to read. */
  readonly parts: number;
  readonly seconds: number;
}

/** Reads the answer of `api/progress`; throws with the reason where it is not one. */
export function parsePasses(json: unknown): Pass[] {
  const passes = (json as { passes?: unknown } | null)?.passes;
  if (!Array.isArray(passes)) throw new Error('it has no list of passes');
  return passes.filter(isPass);
}

function isPass(value: unknown): value is Pass {
  const pass = value as Partial<Pass> | null;
  return (
    typeof pass?.site === 'string' &&
    Array.isArray(pass.reports) &&
    [pass.buckets, pass.buckets_done, pass.seconds].every((number) => typeof number === 'number')
  );
}

/** How far the passes are that answer what was asked; `undefined` where none of them does. */
export function readingOf(passes: readonly Pass[], asked: readonly Asked[]): Reading | undefined {
  const ours = passes.filter((pass) => asked.some((one) => answers(pass, one)));
  if (ours.length === 0) return undefined;
  return {
    partsDone: sum(ours.map(({ buckets_done }) => buckets_done)),
    parts: sum(ours.map(({ buckets }) => buckets)),
    seconds: Math.max(...ours.map(({ seconds }) => seconds)),
  };
}

/** Other readers have passes of their own over the same site: only one over the same days and visits is waited for. */
function answers(pass: Pass, { report, site, scope }: Asked): boolean {
  const from = pass.from === null ? undefined : isoDay(pass.from, pass.timezone);
  return (
    pass.site === site &&
    pass.reports.some((name) => name === report) &&
    from === scope.from &&
    (scope.traffic === undefined || scope.traffic === pass.traffic)
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Often enough to be seen to move, seldom enough to cost the server nothing. */
export const POLL_MS = 1000;

/** Asks again and again while anybody waits: once for all of them. */
export class Poll<T> {
  private waiting = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private abort = new AbortController();

  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<T>,
    /** Called with each answer, and with nothing when nobody waits any more. */
    private readonly show: (answer: T | undefined) => void,
  ) {}

  /** Polls until the returned function is called. */
  join(): () => void {
    this.waiting += 1;
    if (this.waiting === 1) {
      this.abort = new AbortController();
      void this.poll(this.abort.signal);
    }
    let joined = true;
    return () => {
      if (joined) this.leave();
      joined = false;
    };
  }

  private leave(): void {
    this.waiting -= 1;
    if (this.waiting > 0) return;
    this.abort.abort();
    clearTimeout(this.timer);
    this.show(undefined);
  }

  private async poll(signal: AbortSignal): Promise<void> {
    let answer: T;
    try {
      answer = await this.ask(signal);
    } catch {
      // A server without the answer: whoever waits sees no more than that it loads, and asks again the next time.
      if (!signal.aborted) this.show(undefined);
      return;
    }
    if (signal.aborted) return;
    this.show(answer);
    this.timer = setTimeout(() => void this.poll(signal), POLL_MS);
  }
}
