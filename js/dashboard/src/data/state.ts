/** What the reader is looking at, kept in the URL's hash so that a view can be shared and the back button works. */

import { FIRST_SECTION, SECTIONS } from '../sections.ts';
import { isoDay } from './format.ts';

export type Range =
  | { readonly kind: 'all' }
  | { readonly kind: 'last'; readonly days: number }
  /** Days as `YYYY-MM-DD` in the time zone of the site, both included. */
  | { readonly kind: 'custom'; readonly from: string; readonly to: string };

/** Whose visits are counted. Automated browsers are kept apart from people, never dropped. */
export const TRAFFIC = ['people', 'automated', 'all'] as const;

export type Traffic = (typeof TRAFFIC)[number];

export interface State {
  /** The name of a section, which may be that of a report. */
  readonly view: string;
  /** Empty until the reader or the page chose one. */
  readonly site: string;
  readonly range: Range;
  /** Left out: what the server counts, people's visits unless it was started with `--traffic`. */
  readonly traffic: Traffic | undefined;
  /** Only these customers: the name of one of the site's segments, or a rule. Left out: all. */
  readonly segment: string | undefined;
  /** What belongs to one view only, such as the steps of the funnel. */
  readonly options: ReadonlyMap<string, string>;
}

/** What a report is asked about: days, none for all data, whose visits, and which customers. */
export interface Scope {
  readonly from?: string;
  readonly to?: string;
  readonly traffic?: Traffic;
  readonly segment?: string;
}

/** Reads a hash such as `#/funnel?site=shop&range=30d`; what cannot be read falls back to its default. */
export function parseHash(hash: string): State {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const view = REPORT_NAME.test(path) ? path : FIRST_SECTION;
  const params = new URLSearchParams(query);
  const options = new Map<string, string>();
  for (const name of optionsOf(view, params.keys())) {
    const value = params.get(name);
    if (value !== null && value !== '') options.set(name, value);
  }
  const traffic = TRAFFIC.find((name) => name === params.get('traffic'));
  const segment = params.get('segment')?.trim() || undefined;
  return { view, site: params.get('site') ?? '', range: parseRange(params.get('range') ?? ''), traffic, segment, options };
}

export function formatHash(state: State): string {
  const params = new URLSearchParams();
  if (state.site !== '') params.set('site', state.site);
  const range = formatRange(state.range);
  if (range !== '') params.set('range', range);
  if (state.traffic !== undefined) params.set('traffic', state.traffic);
  if (state.segment !== undefined) params.set('segment', state.segment);
  for (const name of optionsOf(state.view, state.options.keys())) {
    const value = state.options.get(name);
    if (value !== undefined && value !== '') params.set(name, value);
  }
  // A comma needs no escape in a fragment, and a list of steps stays readable in a shared link.
  const query = params.toString().replaceAll('%2C', ',');
  return query === '' ? `#/${state.view}` : `#/${state.view}?${query}`;
}

/** The options that a view keeps, of those that are there: a report takes whatever could be a parameter of its own. */
function optionsOf(view: string, there: Iterable<string>): readonly string[] {
  const section = SECTIONS.find(({ name }) => name === view);
  if (section !== undefined && section.options !== 'parameters') return section.options;
  return [...new Set(there)].filter((name) => PARAMETER.test(name) && !COMMON.includes(name));
}

const REPORT_NAME = /^[a-z]+(-[a-z]+)*$/;
const PARAMETER = /^[a-z]+(_[a-z]+)*$/;

/** What the page asks every report for by itself. */
export const COMMON: readonly string[] = ['site', 'from', 'to', 'timezone', 'traffic', 'segment', 'range'];

/** The state with one option of its view changed; an empty value removes it. */
export function withOption(state: State, name: string, value: string): State {
  const options = new Map(state.options);
  if (value === '') options.delete(name);
  else options.set(name, value);
  return { ...state, options };
}

/** What reports are asked: the range as days, and whose visits and which customers count where the reader chose. */
export function scopeOf(
  { range, traffic, segment }: Pick<State, 'range' | 'traffic' | 'segment'>,
  now: number,
  zone?: string,
): Scope {
  return {
    ...daysOf(range, now, zone),
    ...(traffic === undefined ? {} : { traffic }),
    ...(segment === undefined ? {} : { segment }),
  };
}

/** The days of a range. `now` is the reader's clock: "last 7 days" end today in the site's zone and count today. */
export function daysOf(range: Range, now: number, zone?: string): Scope {
  switch (range.kind) {
    case 'all':
      return {};
    case 'last': {
      const to = isoDay(now, zone);
      // Days are counted by the calendar: one of summer time has 23 or 25 hours.
      return { from: isoDay(Date.parse(to) - (range.days - 1) * DAY_MS), to };
    }
    case 'custom':
      return { from: range.from, to: range.to };
  }
}

/** The equally long range just before, to compare with; all data has none. */
export function scopeBefore(scope: Scope): Scope | undefined {
  if (scope.from === undefined || scope.to === undefined) return undefined;
  const from = Date.parse(scope.from);
  const to = Date.parse(scope.to);
  return { ...scope, from: isoDay(from - (to - from) - DAY_MS), to: isoDay(from - DAY_MS) };
}

/** Whether the text is a real day: `2026-02-30` is not. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(text);
  return Number.isFinite(ms) && isoDay(ms) === text;
}

function parseRange(text: string): Range {
  const last = /^(\d{1,4})d$/.exec(text);
  if (last?.[1] !== undefined && Number(last[1]) > 0) return { kind: 'last', days: Number(last[1]) };
  const [from = '', to = ''] = text.split('..', 2);
  if (isDay(from) && isDay(to))
    return from <= to ? { kind: 'custom', from, to } : { kind: 'custom', from: to, to: from };
  return { kind: 'all' };
}

function formatRange(range: Range): string {
  switch (range.kind) {
    case 'all':
      return '';
    case 'last':
      return `${range.days}d`;
    case 'custom':
      return `${range.from}..${range.to}`;
  }
}

const DAY_MS = 86_400_000;
