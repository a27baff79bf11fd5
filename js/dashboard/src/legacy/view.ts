/** What every section of the page has in common. */

import { createElement, render } from 'preact';

import { counted } from '../data/format.ts';
import type { Report } from '../data/report.ts';
import type { Context } from '../ui/context.ts';
import { Start } from '../ui/start.tsx';
import { rangeText, spanText, trafficText } from '../ui/words.ts';
import { h, type Child } from './dom.ts';

export { customersHref, keyOf, type Context } from '../ui/context.ts';

export interface View {
  readonly root: HTMLElement;
  show(context: Context): void;
  close(): void;
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

/** The script tag to paste, with this server and site filled in. */
export function snippet(site: string): HTMLElement {
  const place = h('div');
  render(createElement(Start, { site }), place);
  return place;
}
