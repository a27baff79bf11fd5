/** The choice of days. */

import type { JSX } from 'preact';

import { isoDay } from '../data/format.ts';
import { isDay, type Range } from '../data/state.ts';
import { text } from '../text/index.ts';

const words = text.range;

const PRESETS: readonly { readonly value: string; readonly label: string; readonly range: Range }[] = [
  { value: 'all', label: words.allData, range: { kind: 'all' } },
  ...[7, 30, 90].map((days) => ({ value: String(days), label: words.lastDays(days), range: { kind: 'last', days } as const })),
];

const CUSTOM = 'custom';

export interface RangePickerProps {
  readonly range: Range;
  /** The span of the site's data, and the zone that its days follow. */
  readonly data: { readonly first: number | undefined; readonly last: number | undefined; readonly timezone: string };
  readonly hidden: boolean;
  readonly choose: (range: Range) => void;
}

export function RangePicker({ range, data, hidden, choose }: RangePickerProps): JSX.Element {
  const value = range.kind === 'all' ? 'all' : range.kind === 'last' ? String(range.days) : CUSTOM;
  // A shared link may ask for a number of days that no preset has.
  const unlisted =
    range.kind === 'last' && !PRESETS.some((preset) => preset.value === value)
      ? [{ value, label: words.lastDays(range.days) }]
      : [];
  const preset = (chosen: string): void => {
    const found = PRESETS.find((candidate) => candidate.value === chosen);
    if (found !== undefined) choose(found.range);
    else if (chosen === CUSTOM) {
      const now = Date.now();
      const [from, to] = [isoDay(data.first ?? now, data.timezone), isoDay(data.last ?? now, data.timezone)];
      choose({ kind: 'custom', from, to });
    }
  };
  return (
    <div class="range" hidden={hidden}>
      <select aria-label={words.label} value={value} onChange={(event) => preset(event.currentTarget.value)}>
        {[...PRESETS, ...unlisted, { value: CUSTOM, label: words.custom }].map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {range.kind === 'custom' && <Days from={range.from} to={range.to} choose={choose} />}
    </div>
  );
}

interface DaysProps {
  readonly from: string;
  readonly to: string;
  readonly choose: (range: Range) => void;
}

function Days({ from, to, choose }: DaysProps): JSX.Element {
  const change = (first: string, last: string): void => {
    if (!isDay(first) || !isDay(last)) return;
    choose({ kind: 'custom', from: first <= last ? first : last, to: first <= last ? last : first });
  };
  return (
    <span class="range-days">
      <input
        type="date"
        aria-label={words.fromDay}
        value={from}
        onChange={(event) => change(event.currentTarget.value, to)}
      />
      <span aria-hidden="true">–</span>
      <input
        type="date"
        aria-label={words.toDay}
        value={to}
        onChange={(event) => change(from, event.currentTarget.value)}
      />
    </span>
  );
}
