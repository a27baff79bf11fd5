/** What a section knows of the page around it. */

import type { Column, Described, Row, Site } from '../data/report.ts';
import { TRAFFIC, type Scope, type State, type Traffic } from '../data/state.ts';

export interface Context {
  readonly state: State;
  readonly site: Site;
  /** The reports that the server has; none while it does not say. */
  readonly reports: readonly Described[];
  /** The days and the traffic that reports are asked about. */
  readonly scope: Scope;
  /** Raised when the reader asks for fresh numbers; part of every panel's key. */
  readonly epoch: number;
  readonly go: (state: State) => void;
  readonly href: (state: State) => string;
}

/** A key under which a panel's data stays good: site, days, traffic, segment and the rest of the request. */
export function keyOf(context: Context, ...rest: readonly string[]): string {
  return JSON.stringify([
    context.site.site,
    context.scope.from,
    context.scope.to,
    context.scope.traffic,
    context.scope.segment,
    context.epoch,
    ...rest,
  ]);
}

/** Whose visits the reports count: as the reader chose, else as the server was started. */
export function trafficOf({ scope, reports }: Context): Traffic {
  const usual = reports[0]?.params.find(({ name }) => name === 'traffic')?.default;
  return scope.traffic ?? TRAFFIC.find((traffic) => traffic === usual) ?? 'people';
}

/** The report `customers` calls an empty cell of a row so: a parameter that is left out stands for any. */
const NONE = '(none)';

/**
 * The list of the customers behind a row: those whom the report `customers` finds by the parameters that the row's report and
 * the linked column name, and by the row's own words. `undefined` where the server has no such report.
 */
export function customersHref(row: Row, { state, reports, href }: Context, column?: Column): string | undefined {
  const customers = reports.find(({ name }) => name === 'customers');
  if (customers === undefined) return undefined;
  const words = row.report.columns
    .filter(({ name }) => row.cell(name) !== null)
    .map(({ name, param }) => [param ?? name, row.text(name).trim() || NONE] as const);
  // Of two values for a parameter the later one holds.
  const asked = new Map([
    ...Object.entries(row.report.link_params ?? {}),
    ...words,
    ...Object.entries(column?.link_params ?? {}),
  ]);
  const options = [...asked].filter(([name]) => customers.params.some((param) => param.name === name));
  return href({ ...state, view: customers.name, options: new Map(options) });
}
