/** The choice of what a chart shows, where a report has several figures that can be drawn. */

import type { JSX } from 'preact';

import { title } from '../data/format.ts';
import { text } from '../text/index.ts';

export interface ChartChoiceProps {
  readonly names: readonly string[];
  readonly chosen: string;
  readonly choose: (name: string) => void;
}

export function ChartChoice({ names, chosen, choose }: ChartChoiceProps): JSX.Element {
  return (
    <select
      aria-label={text.report.chartColumn}
      value={names.includes(chosen) ? chosen : names[0]}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      {names.map((name) => (
        <option key={name} value={name}>
          {title(name)}
        </option>
      ))}
    </select>
  );
}
