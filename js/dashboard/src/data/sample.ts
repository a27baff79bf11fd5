/** How many cases a share needs before the page calls it bad. */

import type { Report } from './report.ts';

/** Anything of a report, such as a row. */
interface Reported {
  readonly report: Pick<Report, 'cases_min'>;
}

/**
 * Below this many cases no alarm colour is shown, where the server does not say another number. The 95% interval of a share
 * of 30 cases spans up to 18 points to either side: with fewer, a field is red or not by chance.
 */
const USUAL_CASES_MIN = 30;

/** The fewest cases that a share needs. */
export function casesMin({ report }: Reported): number {
  return report.cases_min ?? USUAL_CASES_MIN;
}

/** Whether so few cases were counted that their share may be bad by chance. */
export function isFew(cases: number, of: Reported): boolean {
  return cases < casesMin(of);
}
