/**
 * The answers for working on the page without a server: those that a real one gave (`generated/`), and made-up ones for states that
 * its data does not have: an empty site, one of automated browsers only, long lists, and names that try to be markup.
 */

import { readFileSync } from 'node:fs';

import type { Json, ReportTable, SiteSummary } from '../src/generated/reports.ts';

const DAY = 86_400_000;

export function sites(): SiteSummary[] {
  return [...answer<SiteSummary[]>('sites'), LONG];
}

/** Made up: a site of long lists and of old data, with names that try to be markup. */
const LONG: SiteSummary = {
  site: 'ecom',
  events: 1_089_406,
  people: 1_089_406,
  automated: 0,
  dead: 12,
  first: Date.UTC(2025, 3, 1),
  last: Date.UTC(2025, 8, 30),
};

/** The list of reports. */
export function reports(): unknown {
  return answer('reports');
}

/** The answer of a report; `undefined` where there is no such report. */
export function report(name: string, params: URLSearchParams): ReportTable | undefined {
  if (!answer<readonly { readonly name: string }[]>('reports').some((described) => described.name === name)) return undefined;
  const site = params.get('site') ?? '';
  const table: ReportTable = { ...answer<ReportTable>(name), site };
  if (isEmpty(site, params)) {
    const { currency: _, ...empty } = table;
    return { ...empty, events: 0, customers: 0, rows: [], notes: [] };
  }
  if (name === 'kpis' && isEarlier(params)) return earlier(table);
  if (name === 'customers') return page(filtered(site === LONG.site ? longer(table) : table, params), params);
  if (name === 'vitals' && site === LONG.site) return busy(table);
  if (name === 'paths' && site === LONG.site) return { ...table, rows: [...table.rows, ...HOSTILE_PATHS] };
  return table;
}

function answer<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`generated/${name}.json`, import.meta.url), 'utf8')) as T;
}

function isEmpty(site: string, params: URLSearchParams): boolean {
  const traffic = params.get('traffic') ?? 'people';
  const { people, automated, last } = sites().find((known) => known.site === site) ?? { people: 0, automated: 0, last: null };
  const events = { people, automated, all: people + automated }[traffic] ?? 0;
  const from = Date.parse(params.get('from') ?? '');
  // The shop's data is a recording of some days; its answers are those of whatever days are asked for.
  return events === 0 || (site !== 'shop' && last !== null && from > last);
}

/** Whether days before the chosen ones are asked for, to compare with. */
function isEarlier(params: URLSearchParams): boolean {
  return params.has('to') && Date.parse(params.get('to') ?? '') < Date.now() - 2 * DAY;
}

/** How much less of everything there was in earlier days, so that changes show. */
export const EARLIER = 0.93;

function earlier(table: ReportTable): ReportTable {
  const [value, low, high, unit] = ['value', 'low', 'high', 'unit'].map((name) => indexOf(table, name));
  const rows = table.rows.map((row) =>
    row.map((cell, at) => {
      if (typeof cell !== 'number' || ![value, low, high].includes(at)) return cell;
      return row[unit ?? -1] === 'count' ? Math.round(cell * EARLIER) : cell * EARLIER;
    }),
  );
  return { ...table, rows };
}

/** Customers on the made-up long list. */
const MANY = 431;

/** The customers over and over, under keys of the shop's own. */
function longer(table: ReportTable): ReportTable {
  const key = indexOf(table, 'customer');
  const rows = Array.from({ length: MANY }, (_, at) =>
    (table.rows[at % table.rows.length] ?? []).map((cell, column) => (column === key ? `customer-${1000 + at}` : cell)),
  );
  return { ...table, rows };
}

/** The customers with a text in their key, in the order asked for. */
function filtered(table: ReportTable, params: URLSearchParams): ReportTable {
  const [key, by] = [indexOf(table, 'customer'), indexOf(table, params.get('sort') ?? 'last_seen')];
  const size = (row: readonly Json[]): number => Number(row[by] ?? 0);
  const rows = table.rows
    .filter((row) => String(row[key]).includes(params.get('search') ?? ''))
    .sort((a, b) => size(b) - size(a));
  return { ...table, rows };
}

function page(table: ReportTable, params: URLSearchParams): ReportTable {
  const [limit, offset] = [Number(params.get('limit') ?? 50), Number(params.get('offset') ?? 0)];
  const rows = table.rows.slice(offset, offset + limit);
  const total = table.rows.length;
  return { ...table, rows, total, notes: [`Customers ${offset + 1} to ${offset + rows.length} of ${total}.`] };
}

/** A hundred times as many loads, of which some are poor: enough to be judged. */
function busy(table: ReportTable): ReportTable {
  const [loads, metric, rating] = [indexOf(table, 'loads'), indexOf(table, 'metric'), indexOf(table, 'rating')];
  const rows = table.rows.map((row) =>
    row.map((cell, at) => {
      if (at === loads && typeof cell === 'number') return cell * 100;
      return at === rating && row[metric] === 'CLS' ? 'poor' : cell;
    }),
  );
  return { ...table, rows };
}

const HOSTILE_PATHS: readonly (readonly Json[])[] = [
  ['view_item', '<b>gift{wrap|x}</b>', 180, 149, 0.4, 4000],
  ['<img src=x onerror=alert(1)>', 'page_view', 120, 99, 0.3, 4000],
];

function indexOf(table: ReportTable, column: string): number {
  return table.columns.findIndex(({ name }) => name === column);
}

const LIVE: readonly Record<string, unknown>[] = [
  {
    kind: 'page_view',
    stage: 'awareness',
    url: 'https://shop.example/',
    title: 'Kiln & Co',
    referrer: 'https://search.example/',
  },
  {
    kind: 'view_item_list',
    stage: 'consideration',
    item_list_name: 'Mugs',
    items: [
      { item_id: 'm1', item_name: 'Stoneware mug' },
      { item_id: 'm2', item_name: 'Espresso cup' },
    ],
  },
  {
    kind: 'view_item',
    stage: 'consideration',
    currency: 'EUR',
    value: 19.9,
    items: [{ item_id: 'm1', item_name: 'Stoneware mug, blue' }],
  },
  { kind: 'signal', stage: 'consideration', name: 'rage_click', element: 'button#size-chart', count: 5, span_ms: 900 },
  {
    kind: 'add_to_cart',
    stage: 'purchase',
    currency: 'EUR',
    value: 19.9,
    items: [{ item_id: 'm1', item_name: 'Stoneware mug, blue', quantity: 1 }],
  },
  { kind: 'search', stage: 'consideration', search_term: '<script>alert("visitor")</script>', results: 0 },
  { kind: 'begin_checkout', stage: 'purchase', currency: 'EUR', value: 19.9 },
  { kind: 'form_error', stage: 'purchase', form: 'address', form_field: 'postcode', error: 'not a postcode' },
  { kind: 'signal', stage: 'purchase', name: 'checkout_slow', step: 'add_payment_info', span_ms: 8200 },
  { kind: 'checkout_step_time', stage: 'purchase', step: 'add_payment_info', waiting_ms: 8200, acting_ms: 21_400 },
  {
    kind: 'purchase',
    stage: 'purchase',
    transaction_id: 'T-1042',
    currency: 'EUR',
    value: 24.8,
    items: [
      { item_id: 'm1', item_name: 'Stoneware mug, blue' },
      { item_id: 's', item_name: 'Saucer' },
    ],
  },
  { kind: 'page_view', stage: 'awareness', url: 'javascript:alert(1)', title: '=HYPERLINK("x")' },
  { kind: 'nps', stage: 'advocacy', score: 9, comment: 'Lovely mugs, the payment page took ages' },
];

/** What arrives: made up, as a recording has no now. */
export function touchpoints(site: string, tick: number, now: number): unknown[] {
  if (site !== 'shop' && site !== 'ecom') return [];
  const busy = Math.round(1 + Math.sin(tick / 9));
  return Array.from({ length: busy }, (_, n) => {
    const at = (tick * 7 + n * 3) % LIVE.length;
    const visitor = ((tick * 2_654_435_761 + n) >>> 0).toString(16).padStart(8, '0').repeat(4);
    return { site, visitor, customer: `anon:${visitor}`, time: now, session: 1, ...LIVE[at] };
  });
}
