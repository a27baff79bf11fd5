/** Web Vitals as a board: a line for each page and device, a column for each metric. */

import type { Row, RowOf } from './report.ts';

export interface Board {
  /** In the server's order: the Core Web Vitals first. */
  readonly metrics: readonly string[];
  readonly lines: readonly Line[];
}

export interface Line {
  /** Empty for the whole site. */
  readonly page: string;
  /** Empty where the report does not tell devices apart. */
  readonly device: string;
  /** The row of each metric that was measured. */
  readonly measured: ReadonlyMap<string, RowOf<'vitals'>>;
}

export function boardOf(rows: readonly RowOf<'vitals'>[]): Board {
  const metrics = new Set<string>();
  const lines = new Map<string, { page: string; device: string; measured: Map<string, RowOf<'vitals'>> }>();
  for (const row of rows) {
    const [page, device, metric] = [row.text('page'), (row as Row).text('device'), row.text('metric')];
    const key = JSON.stringify([page, device]);
    const line = lines.get(key) ?? { page, device, measured: new Map() };
    lines.set(key, line);
    line.measured.set(metric, row);
    metrics.add(metric);
  }
  return { metrics: [...metrics], lines: [...lines.values()] };
}
