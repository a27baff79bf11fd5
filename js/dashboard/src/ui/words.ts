/** The choices of the header inside a sentence. */

import { day, isoDay } from '../data/format.ts';
import type { Site } from '../data/report.ts';
import type { Range, Traffic } from '../data/state.ts';
import { text } from '../text/index.ts';
import type { Context } from './context.ts';

export function rangeText(range: Range): string {
  const words = text.range.inWords;
  switch (range.kind) {
    case 'all':
      return words.all;
    case 'last':
      return range.days === 1 ? words.today : words.last(range.days);
    case 'custom': {
      const from = day(Date.parse(range.from));
      const to = day(Date.parse(range.to));
      return from === to ? words.on(from) : words.between(from, to);
    }
  }
}

export function trafficText(traffic: Traffic | undefined): string {
  return text.traffic[traffic ?? 'usual'];
}

/** The days for which a site has data, as a sentence; empty where it has none. */
export function spanText(site: Site): string {
  const days = daysOfData(site);
  return days === undefined ? '' : text.empty.span(site.site, rangeText({ kind: 'custom', ...days }));
}

/** The days that are shown, as a heading names them: those asked for, else those of the site's data. */
export function daysText({ scope, site }: Context): string {
  const data = daysOfData(site);
  const [from, to] = [scope.from ?? data?.from, scope.to ?? data?.to];
  if (from === undefined || to === undefined) return '';
  return text.chart.days(day(Date.parse(from)), day(Date.parse(to)));
}

function daysOfData({ first, last, timezone }: Site): { readonly from: string; readonly to: string } | undefined {
  if (first === undefined || last === undefined) return undefined;
  return { from: isoDay(first, timezone), to: isoDay(last, timezone) };
}
