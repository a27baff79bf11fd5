// A visitor's journey as the collector has it, and what the page offers: for tests of every driver.

import { timeline } from '../visits/compare.mjs';

/** A touchpoint as the collector has it. */
export type Row = Record<string, unknown> & { kind: string };

/** What the page offers; the generated types are the tracker's, and tests must not rest on what they test. */
export interface PageApi {
  (name: string, fields?: Record<string, unknown>): void;
  visitor(): Promise<string>;
  flush(): Promise<void>;
  stage(): Promise<string>;
  status(): Promise<{ captured: number; acked: number; dropped: number; pending: number; refused: number }>;
  consent(state: 'granted' | 'denied'): void;
  on(what: 'signal' | 'touchpoint', callback: (it: Record<string, unknown>) => void): void;
  shutdown(): void;
}

/** The visitor's journey as the collector has it, oldest first. */
export function journey(base: string, visitor: string, site = 'shop'): Promise<Row[]> {
  return timeline(base, site, visitor) as Promise<Row[]>;
}

/** The touchpoints of these kinds in a journey. */
export function ofKind(rows: Row[], ...kinds: string[]): Row[] {
  return rows.filter((row) => kinds.includes(row.kind));
}

/** The page views of a journey as `path entry`. */
export function views(rows: Row[]): string[] {
  return ofKind(rows, 'page_view').map((row) => `${row.path} ${row.entry}`);
}
