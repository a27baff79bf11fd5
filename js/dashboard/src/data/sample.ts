/** How many cases a share needs before the page calls it bad. */

/**
 * Below this many cases no alarm colour is shown. The 95% interval of a share of 30 cases spans up to 18 points to either
 * side: with fewer, a field is red or not by chance.
 */
export const ALARM_CASES_MIN = 30;

/** Whether so few cases were counted that their share may be bad by chance. */
export function isFew(cases: number): boolean {
  return cases < ALARM_CASES_MIN;
}
