/** The choice of days. */

import { day, isoDay } from '../data/format.ts';
import { isDay, type Range } from '../data/state.ts';
import { h } from './dom.ts';

const PRESETS: readonly { readonly value: string; readonly label: string; readonly range: Range }[] = [
  { value: 'all', label: 'All data', range: { kind: 'all' } },
  { value: '7', label: 'Last 7 days', range: { kind: 'last', days: 7 } },
  { value: '30', label: 'Last 30 days', range: { kind: 'last', days: 30 } },
  { value: '90', label: 'Last 90 days', range: { kind: 'last', days: 90 } },
];

/** The span of a site's data, and the zone that its days follow. */
export interface Bounds {
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly timezone: string;
}

export interface RangePicker {
  readonly root: HTMLElement;
  /** Shows the range that is in force; `bounds` are the days for which the site has data. */
  show(range: Range, bounds: Bounds): void;
}

export function rangePicker(choose: (range: Range) => void): RangePicker {
  const select = h('select', { 'aria-label': 'Date range', change: preset });
  const from = h('input', { type: 'date', 'aria-label': 'From day', change: custom });
  const to = h('input', { type: 'date', 'aria-label': 'To day', change: custom });
  const days = h('span', { class: 'range-days' }, from, h('span', { 'aria-hidden': 'true' }, '–'), to);
  let data: Bounds = { first: undefined, last: undefined, timezone: 'UTC' };

  function preset(): void {
    const found = PRESETS.find((candidate) => candidate.value === select.value);
    if (found !== undefined) choose(found.range);
    else if (select.value === 'custom') {
      const today = Date.now();
      const [from, to] = [data.first ?? today, data.last ?? today].map((ms) => isoDay(ms, data.timezone));
      if (from !== undefined && to !== undefined) choose({ kind: 'custom', from, to });
    }
  }

  function custom(): void {
    if (!isDay(from.value) || !isDay(to.value)) return;
    const [first, last] = from.value <= to.value ? [from.value, to.value] : [to.value, from.value];
    choose({ kind: 'custom', from: first, to: last });
  }

  return {
    root: h('div', { class: 'range' }, select, days),
    show(range, bounds) {
      data = bounds;
      const options = PRESETS.map(({ value, label }) => ({ value, label }));
      // A shared link may ask for a number of days that no preset has.
      if (range.kind === 'last' && !PRESETS.some(({ value }) => value === String(range.days))) {
        options.push({ value: String(range.days), label: `Last ${range.days} days` });
      }
      options.push({ value: 'custom', label: 'Custom days' });
      select.replaceChildren(...options.map(({ value, label }) => h('option', { value }, label)));
      select.value = range.kind === 'all' ? 'all' : range.kind === 'last' ? String(range.days) : 'custom';
      days.hidden = range.kind !== 'custom';
      if (range.kind === 'custom') {
        from.value = range.from;
        to.value = range.to;
      }
    },
  };
}

export function rangeText(range: Range): string {
  switch (range.kind) {
    case 'all':
      return 'all data';
    case 'last':
      return range.days === 1 ? 'today' : `the last ${range.days} days`;
    case 'custom': {
      const from = day(Date.parse(range.from));
      const to = day(Date.parse(range.to));
      return from === to ? `on ${from}` : `from ${from} to ${to}`;
    }
  }
}
