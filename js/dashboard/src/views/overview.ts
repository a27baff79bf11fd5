/** The key figures, and where most customers are lost. */

import { fetchReport } from '../data/api.ts';
import { changeOf, type Measured } from '../data/change.ts';
import { count, duration, inUnit, NONE, percent, title, words } from '../data/format.ts';
import { rowsOf, type Report, type Row } from '../data/report.ts';
import { scopeBefore } from '../data/state.ts';
import { ALARM_CASES_MIN } from '../data/sample.ts';
import { dataTable } from '../legacy/data-table.ts';
import { h, type Child } from '../legacy/dom.ts';
import { Panel } from '../legacy/panel.ts';
import { footing, heading, keyOf, nothingHere, type Context, type View } from '../legacy/view.ts';

interface Loaded {
  readonly kpis: Report;
  /** The figures of the equally long days before; none when all data is shown. */
  readonly before: Report | undefined;
  readonly funnel: Report | undefined;
  readonly checkout: Report | undefined;
  readonly map: Report | undefined;
}

export function overview(): View {
  const panel = new Panel<Loaded>();
  return {
    root: h(
      'div',
      { class: 'view' },
      heading('Overview', 'How the shop does, each figure with what it means and how sure it is.'),
      panel.root,
    ),
    show(context) {
      void panel.show(
        keyOf(context),
        (signal) => load(context, signal),
        (loaded) => render(loaded, context),
      );
    },
    close: () => panel.close(),
  };
}

async function load({ site, scope }: Context, signal: AbortSignal): Promise<Loaded> {
  // The highlights are extras: one that cannot be had must not take the figures with it.
  const extra = (name: string): Promise<Report | undefined> =>
    fetchReport(name, site.site, scope, {}, signal).catch(() => undefined);
  const earlier = scopeBefore(scope);
  const before =
    earlier === undefined ? undefined : fetchReport('kpis', site.site, earlier, {}, signal).catch(() => undefined);
  const [kpis, past, funnel, checkout, map] = await Promise.all([
    fetchReport('kpis', site.site, scope, {}, signal),
    before,
    extra('funnel'),
    extra('checkout'),
    extra('journey-map'),
  ]);
  return { kpis, before: past, funnel, checkout, map };
}

function render(loaded: Loaded, context: Context): Child[] {
  const rows = rowsOf(loaded.kpis);
  const events = rows.find((row) => row.text('name') === 'events')?.number('value') ?? loaded.kpis.events;
  if (rows.length === 0 || events === 0) return [nothingHere(context, 'touchpoints')];
  const before = new Map(figuresOf(loaded.before).map((figure) => [figure.row.text('name'), figure]));
  const { currency } = loaded.kpis;
  return [
    highlights(loaded, context),
    ...grouped(rows).map(({ name, members }) =>
      h(
        'section',
        { class: 'group', 'aria-label': name },
        h('h2', { class: 'group-name' }, name),
        h('div', { class: 'tiles' }, ...members.map((row) => tile({ row, currency }, before.get(row.text('name'))))),
      ),
    ),
    dataTable(loaded.kpis, { caption: 'All figures', site: context.site.site, unitOf: unitOfCell, cell: nameCell }),
    footing(loaded.kpis),
    context.site.dead > 0 &&
      h(
        'p',
        { class: 'notes' },
        `${count(context.site.dead)} more events could not be read. They are kept in the dead-letter table with the reason, and counted nowhere.`,
      ),
  ];
}

/** A key figure, and the currency it is in if it is an amount. */
interface Figure {
  readonly row: Row;
  readonly currency: string | undefined;
}

function figuresOf(report: Report | undefined): Figure[] {
  return report === undefined ? [] : rowsOf(report).map((row) => ({ row, currency: report.currency }));
}

function tile(figure: Figure, before: Figure | undefined): HTMLElement {
  const { row, currency } = figure;
  const unit = row.text('unit');
  const value = row.number('value');
  const [low, high] = [row.number('low'), row.number('high')];
  const [numerator, denominator] = [row.number('numerator'), row.number('denominator')];
  const change = before === undefined ? undefined : changeOf(measured(figure), measured(before), unit);
  const facts: Child[] = [];
  if (unit === 'ratio' && numerator !== undefined && denominator !== undefined && denominator > 0) {
    facts.push(h('span', {}, `${count(numerator)} of ${count(denominator)}`));
  }
  if (low !== undefined && high !== undefined) {
    facts.push(
      h(
        'span',
        { title: 'The true value lies in this range with 95% confidence' },
        `95%: ${inUnit(low, unit, currency)} to ${inUnit(high, unit, currency)}`,
      ),
    );
  }
  return h(
    'article',
    { class: 'tile' },
    h('h3', {}, title(row.text('name'))),
    h(
      'p',
      { class: value === undefined ? 'figure figure-none' : 'figure' },
      value === undefined ? NONE : inUnit(value, unit, currency),
    ),
    facts.length > 0 && h('p', { class: 'facts' }, ...facts),
    change && h('p', { class: `change change-${change.direction}` }, change.text),
    h('p', { class: 'doc' }, row.text('doc')),
  );
}

/** The three places where most is lost, in a sentence each, with the way to the details. */
function highlights(loaded: Loaded, context: Context): HTMLElement | undefined {
  const cards = [funnelLoss(loaded.funnel), checkoutWait(loaded.checkout), mostFriction(loaded.map)].filter(
    (card) => card !== undefined,
  );
  if (cards.length === 0) return undefined;
  return h(
    'section',
    { class: 'group', 'aria-label': 'Where customers fall by the wayside' },
    h('h2', { class: 'group-name' }, 'Where customers fall by the wayside'),
    h(
      'div',
      { class: 'highlights' },
      ...cards.map((card) =>
        h(
          'a',
          { class: 'highlight', href: context.href({ ...context.state, view: card.view, options: new Map() }) },
          h('span', { class: 'highlight-figure' }, card.figure),
          h('span', { class: 'highlight-words' }, card.text),
          h('span', { class: 'highlight-more' }, `Open ${words(card.view)}`),
        ),
      ),
    ),
  );
}

/** Fewer cases than this in one place may be chance: of five, the 95% interval is 2 to 12. */
const CASES_MIN = 5;

interface Highlight {
  readonly figure: string;
  readonly text: string;
  readonly view: string;
}

function funnelLoss(report: Report | undefined): Highlight | undefined {
  const rows = report === undefined ? [] : rowsOf(report);
  const losses = rows
    .slice(1)
    .map((row, at) => ({ row, from: rows[at], lost: (rows[at]?.count('customers') ?? 0) - row.count('customers') }));
  const worst = largest(losses, (loss) => loss.lost);
  const dropOff = worst?.row.number('drop_off');
  if (worst?.from === undefined || dropOff === undefined || worst.lost < CASES_MIN) return undefined;
  if (worst.from.count('customers') < ALARM_CASES_MIN) return undefined;
  return {
    figure: percent(dropOff),
    text: `of the customers with ${words(worst.from.text('kind'))} do not reach ${words(worst.row.text('kind'))} within the window of the funnel: ${count(worst.lost)} of ${count(worst.from.count('customers'))} customers. The rates below count sessions instead.`,
    view: 'funnel',
  };
}

function checkoutWait(report: Report | undefined): Highlight | undefined {
  const steps = (report === undefined ? [] : rowsOf(report)).filter((row) => row.count('sessions') >= ALARM_CASES_MIN);
  const worst = largest(steps, (row) => row.count('waiting_p95_ms'));
  const wait = worst?.number('waiting_p95_ms');
  if (worst === undefined || wait === undefined || wait <= 0) return undefined;
  return {
    figure: duration(wait),
    text: `or longer is what 1 in 20 visits waits for the page at the checkout step ${words(worst.text('step'))}.`,
    view: 'checkout',
  };
}

function mostFriction(report: Report | undefined): Highlight | undefined {
  const worst = largest(report === undefined ? [] : rowsOf(report), (row) => row.count('friction_signals'));
  const signals = worst?.count('friction_signals') ?? 0;
  if (worst === undefined || signals < CASES_MIN) return undefined;
  return {
    figure: count(signals),
    text: `friction signals in the ${words(worst.text('stage'))} stage of visits from ${worst.text('channel')}, more than anywhere else.`,
    view: 'journey-map',
  };
}

function largest<T>(items: readonly T[], size: (item: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || size(item) > size(best)) best = item;
  return best;
}

/** Groups in which the figures are read; one the page does not know still shows, under "More". */
const GROUPS: readonly { readonly name: string; readonly figures: readonly string[] }[] = [
  {
    name: 'Business',
    figures: [
      'conversion_rate',
      'revenue',
      'average_order_value',
      'purchases',
      'orders',
      'cart_abandonment_rate',
      'checkout_abandonment_rate',
    ],
  },
  {
    name: 'Audience',
    figures: [
      'visitors',
      'customers',
      'sessions',
      'returning_rate',
      'events',
      'page_views',
      'pages_per_session',
      'session_duration_median',
      'bounce_rate',
    ],
  },
  {
    name: 'Experience',
    figures: ['signals_per_100_sessions', 'search_rate', 'support_contact_rate', 'nps', 'csat', 'ces'],
  },
];

function grouped(rows: readonly Row[]): { name: string; members: Row[] }[] {
  const left = new Map(rows.map((row) => [row.text('name'), row]));
  const groups = GROUPS.map(({ name, figures }) => {
    const members: Row[] = [];
    for (const figure of figures) {
      const row = left.get(figure);
      if (row !== undefined) members.push(row);
      left.delete(figure);
    }
    return { name, members };
  });
  return [...groups, { name: 'More', members: [...left.values()] }].filter(({ members }) => members.length > 0);
}

function measured({ row, currency }: Figure): Measured {
  const ends = { value: row.number('value'), low: row.number('low'), high: row.number('high') };
  return row.text('unit') === 'money' ? { ...ends, currency } : ends;
}

/** Each figure has its own unit. What it is divided from are counts, but of an amount it is an amount. */
function unitOfCell(row: Row, column: { readonly name: string }): string | undefined {
  const unit = row.text('unit');
  const own = unit === 'money' ? ['value', 'low', 'high', 'numerator'] : ['value', 'low', 'high'];
  return own.includes(column.name) ? unit : undefined;
}

function nameCell(row: Row, column: { readonly name: string }): Child {
  return column.name === 'name' ? title(row.text('name')) : undefined;
}
