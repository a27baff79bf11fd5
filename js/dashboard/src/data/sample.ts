/** How many cases a share needs before the page calls it bad: as many as the server's answer says. */

import type { Report } from './report.ts';

/** Anything of a report, such as a row. */
interface Reported {
  readonly report: Pick<Report, 'cases_min'>;
}

/** The fewest cases that a share needs. */
export function casesMin({ report }: Reported): number {
  return report.cases_min;
}

/** Whether so few cases were counted that their share may be bad by chance. */
export function isFew(cases: number, of: Reported): boolean {
  return cases < casesMin(of);
}
