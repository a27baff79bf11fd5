/** What every section of the page has in common. */

import type { Described, Report, Row, Site } from '../data/report.ts';
import type { Scope, State, Traffic } from '../data/state.ts';
import { rangeText } from './range-picker.ts';
import { counted, isoDay } from '../data/format.ts';
import { h, type Child } from './dom.ts';

export interface Context {
  readonly state: State;
  readonly site: Site;
  /** The reports that the server has; none while it does not say. */
  readonly reports: readonly Described[];
  /** What reports are asked about. */
  readonly scope: Scope;
  /** Raised when the reader asks for fresh numbers; part of every panel's key. */
  readonly epoch: number;
  readonly go: (state: State) => void;
  readonly href: (state: State) => string;
}

export interface View {
  readonly root: HTMLElement;
  show(context: Context): void;
  close(): void;
}

/** A key under which a panel's data stays good: site, days and what else was asked. */
export function keyOf(context: Context, ...rest: readonly string[]): string {
  return JSON.stringify([
    context.site.site,
    context.scope.from,
    context.scope.to,
    context.scope.traffic,
    context.epoch,
    ...rest,
  ]);
}

export function heading(title: string, lead: string, ...controls: readonly Child[]): HTMLElement {
  const shown = controls.filter((control) => control !== undefined && control !== false && control !== null);
  return h(
    'header',
    { class: 'view-head' },
    h('div', { class: 'view-words' }, h('h1', {}, title), h('p', { class: 'lead' }, lead)),
    shown.length > 0 && h('div', { class: 'controls' }, ...shown),
  );
}

/** On how much data the numbers rest, and what the report says about itself. */
export function footing(report: Report): HTMLElement | undefined {
  const parts: string[] = [];
  if (report.events !== undefined && report.customers !== undefined) {
    parts.push(`From ${counted(report.events, 'touchpoint')} of ${counted(report.customers, 'customer')}.`);
  }
  if (report.timezone !== undefined) parts.push(`Days and times are those of ${report.timezone}.`);
  const notes = [...parts, ...report.notes];
  return notes.length === 0 ? undefined : h('div', { class: 'notes' }, ...notes.map((note) => h('p', {}, note)));
}

/** What the report `customers` calls an empty cell of a row: a parameter that is left out stands for any. */
const NONE = '(none)';

/**
 * The list of the customers behind a row: those whom the report `customers` finds by the row's own words. `undefined` where
 * the server has no such report.
 */
export function customersHref(row: Row, { state, reports, href }: Context): string | undefined {
  const customers = reports.find(({ name }) => name === 'customers');
  if (customers === undefined) return undefined;
  const words = customers.params
    .filter(({ name }) => row.cell(name) !== null)
    .map(({ name }) => [name, row.text(name) || NONE] as const);
  return href({ ...state, view: customers.name, options: new Map(words) });
}

/** Nothing to show, though the site has data: not in these days, or not of these visits. */
export function nothingHere(context: Context, what: string): HTMLElement {
  const { site, state, scope } = context;
  const ranged = state.range.kind !== 'all';
  return h(
    'div',
    { class: 'message' },
    h('h2', {}, ranged ? `No ${what} in these days` : `No ${what} yet`),
    h('p', {}, `Chosen: ${rangeText(state.range)}, ${trafficText(scope.traffic)}. ${spanText(site)}`),
    h(
      'div',
      { class: 'row' },
      ranged && h('a', { class: 'button', href: context.href({ ...state, range: { kind: 'all' } }) }, 'Show all data'),
      scope.traffic !== 'all' &&
        h('a', { class: 'button', href: context.href({ ...state, traffic: 'all' }) }, 'Show all traffic'),
    ),
  );
}

/** Whose visits, in words. */
export function trafficText(traffic: Traffic | undefined): string {
  return traffic === undefined ? 'usual traffic' : TRAFFIC_WORDS[traffic];
}

const TRAFFIC_WORDS: Readonly<Record<Traffic, string>> = {
  people: "people's visits",
  automated: 'automated browsers',
  all: 'all traffic',
};

/** The script tag to paste, with this server and site filled in; `shop` stands for a name that is still open. */
export function snippet(site: string): HTMLElement {
  const tag = `<script async src="${escapeAttribute(`${location.origin}/wayside.js`)}" data-site="${escapeAttribute(site === '' ? 'shop' : site)}"></script>`;
  const copied = h('span', { class: 'copied', role: 'status' });
  const copy = h(
    'button',
    {
      type: 'button',
      class: 'button',
      click: () => {
        // The clipboard exists on secure origins and on loopback only.
        const copying =
          navigator.clipboard === undefined
            ? Promise.reject(new Error('no clipboard'))
            : navigator.clipboard.writeText(tag);
        copying.then(
          () => (copied.textContent = 'Copied'),
          () =>
            (copied.textContent = 'Select the line and copy it: this browser gives no access to the clipboard here.'),
        );
      },
    },
    'Copy',
  );
  return h(
    'div',
    { class: 'message message-start' },
    h('h2', {}, site === '' ? 'No site has data yet' : `${site} has no data yet`),
    h(
      'p',
      {},
      'Paste this line into the pages of the shop, before ',
      h('code', {}, '</head>'),
      ', and open one of them. Its first touchpoints show here, and in Live within two seconds.',
    ),
    h('pre', { class: 'snippet', tabindex: 0, 'aria-label': 'Script tag to paste' }, h('code', {}, tag)),
    h('div', { class: 'row' }, copy, copied),
    h(
      'p',
      { class: 'aside' },
      'The shop sends a Content-Security-Policy? It needs this server in ',
      h('code', {}, 'script-src'),
      ' and ',
      h('code', {}, 'connect-src'),
      ', and ',
      h('code', {}, "'wasm-unsafe-eval'"),
      ' in ',
      h('code', {}, 'script-src'),
      '. Data you already have comes in with ',
      h('code', {}, 'wayside import'),
      '.',
    ),
  );
}

/** The days for which a site has data, in words. */
export function spanText(site: Site): string {
  if (site.first === undefined || site.last === undefined) return '';
  return `The data of ${site.site} runs ${rangeText({ kind: 'custom', from: isoDay(site.first, site.timezone), to: isoDay(site.last, site.timezone) })}.`;
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
