/** The recorded answers of the server; what the page shows of them is told from these. */

import { readFileSync } from 'node:fs';

import { parseReport, rowsOf, type Report, type RowOf } from '../src/data/report.ts';
import type { ReportName } from '../src/generated/reports.ts';

/** The rows of a report. */
export function answerOf<Name extends ReportName>(name: Name): RowOf<Name>[] {
  const file = new URL(`../dev/generated/${name}.json`, import.meta.url);
  return rowsOf(parseReport(JSON.parse(readFileSync(file, 'utf8'))) as Report<Name>);
}

/** A key figure by its name. */
export function figure(name: string): RowOf<'kpis'> {
  const row = answerOf('kpis').find((row) => row.text('name') === name);
  if (row === undefined) throw new Error(`the answer of kpis has no ${name}`);
  return row;
}
