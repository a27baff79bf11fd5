/** The mark of a share of few cases, in the place of an alarm colour. */

import type { JSX } from 'preact';

import type { Row } from '../data/report.ts';
import { casesMin } from '../data/sample.ts';
import { text } from '../text/index.ts';

export function FewVisits({ row }: { readonly row: Pick<Row, 'report'> }): JSX.Element {
  return (
    <span class="badge badge-few" title={text.few.hint(casesMin(row))}>
      {text.few.label}
    </span>
  );
}
