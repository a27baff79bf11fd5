/** The mark of a share of few cases, in the place of an alarm colour. */

import type { JSX } from 'preact';

import { ALARM_CASES_MIN } from '../data/sample.ts';
import { text } from '../text/index.ts';

export function FewVisits(): JSX.Element {
  return (
    <span class="badge badge-few" title={text.few.hint(ALARM_CASES_MIN)}>
      {text.few.label}
    </span>
  );
}
