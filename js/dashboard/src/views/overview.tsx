/** The key figures, and where most customers are lost. */

import type { ComponentChild, JSX } from 'preact';

import { fetchReport } from '../data/api.ts';
import { changeOf, type Measured } from '../data/change.ts';
import { count, duration, inUnit, NONE, percent, title, words } from '../data/format.ts';
import { rowsOf, type Report, type Row, type RowOf } from '../data/report.ts';
import { scopeBefore } from '../data/state.ts';
import { isFew } from '../data/sample.ts';
import { stageName } from '../data/stages.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { keyOf, type Context } from '../ui/context.ts';
import { DataTable } from '../ui/data-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { Footing, Heading, NothingHere } from '../ui/view.tsx';

const said = text.overview;

type KeyFigure = RowOf<'kpis'>;

export function Overview({ context }: SectionProps): JSX.Element {
  return (
    <div class="view">
      <Heading title={said.title} lead={said.lead} />
      <Panel id={keyOf(context)} load={(signal) => load(context, signal)}>
        {(loaded) => <Figures loaded={loaded} context={context} />}
      </Panel>
    </div>
  );
}

interface Loaded {
  readonly kpis: Report<'kpis'>;
  /** The figures of the equally long days before; none when all data is shown. */
  readonly before: Report<'kpis'> | undefined;
  readonly funnel: Report<'funnel'> | undefined;
  readonly checkout: Report<'checkout'> | undefined;
  readonly map: Report<'journey-map'> | undefined;
}

async function load({ site, scope }: Context, signal: AbortSignal): Promise<Loaded> {
  // The comparison and the highlights are extras: one that cannot be had must not take the figures with it.
  const optional = <T,>(asked: Promise<T>): Promise<T | undefined> => asked.catch(() => undefined);
  const earlier = scopeBefore(scope);
  const [kpis, before, funnel, checkout, map] = await Promise.all([
    fetchReport('kpis', site.site, scope, {}, signal),
    earlier === undefined ? undefined : optional(fetchReport('kpis', site.site, earlier, {}, signal)),
    optional(fetchReport('funnel', site.site, scope, {}, signal)),
    optional(fetchReport('checkout', site.site, scope, {}, signal)),
    optional(fetchReport('journey-map', site.site, scope, {}, signal)),
  ]);
  return { kpis, before, funnel, checkout, map };
}

interface LoadedProps {
  readonly loaded: Loaded;
  readonly context: Context;
}

function Figures({ loaded, context }: LoadedProps): JSX.Element {
  const { kpis } = loaded;
  const rows = rowsOf(kpis);
  const events = rows.find((row) => row.text('name') === 'events')?.number('value') ?? kpis.events;
  const unread = context.site.dead > 0 && <p class="notes">{said.unread(context.site.dead)}</p>;
  if (rows.length === 0 || events === 0) {
    return (
      <>
        <NothingHere context={context} things={said.nothing} />
        {unread}
      </>
    );
  }
  const before = new Map(figuresOf(loaded.before).map((figure) => [figure.row.text('name'), figure]));
  const { currency } = kpis;
  return (
    <>
      <Highlights loaded={loaded} context={context} />
      {grouped(rows).map(({ name, members }) => (
        <section key={name} class="group" aria-label={name}>
          <h2 class="group-name">{name}</h2>
          <div class="tiles">
            {members.map((row) => (
              <Tile key={row.text('name')} figure={{ row, currency }} before={before.get(row.text('name'))} />
            ))}
          </div>
        </section>
      ))}
      <DataTable report={kpis} caption={said.table} site={context.site.site} unitOf={unitOfCell} cell={nameCell} />
      <Footing report={kpis} />
      {unread}
    </>
  );
}

/** A key figure, and the currency it is in if it is an amount. */
interface Figure {
  readonly row: KeyFigure;
  readonly currency: string | undefined;
}

function figuresOf(report: Report<'kpis'> | undefined): Figure[] {
  return report === undefined ? [] : rowsOf(report).map((row) => ({ row, currency: report.currency }));
}

interface TileProps {
  readonly figure: Figure;
  readonly before: Figure | undefined;
}

function Tile({ figure, before }: TileProps): JSX.Element {
  const { row, currency } = figure;
  const unit = row.text('unit');
  const value = row.number('value');
  const [low, high] = [row.number('low'), row.number('high')];
  const [numerator, denominator] = [row.number('numerator'), row.number('denominator')];
  const change = before === undefined ? undefined : changeOf(measured(figure), measured(before), unit);
  const cases =
    unit === 'ratio' && numerator !== undefined && denominator !== undefined && denominator > 0
      ? said.cases(count(numerator), count(denominator))
      : undefined;
  const interval =
    low === undefined || high === undefined
      ? undefined
      : said.interval(inUnit(low, unit, currency), inUnit(high, unit, currency));
  return (
    <article class="tile">
      <h3>{title(row.text('name'))}</h3>
      <p class={value === undefined ? 'figure figure-none' : 'figure'}>
        {value === undefined ? NONE : inUnit(value, unit, currency)}
      </p>
      {(cases !== undefined || interval !== undefined) && (
        <p class="facts">
          {cases !== undefined && <span>{cases}</span>}
          {interval !== undefined && <span title={said.intervalHint}>{interval}</span>}
        </p>
      )}
      {change !== undefined && <p class={`change change-${change.direction}`}>{change.text}</p>}
      <p class="doc">{row.text('doc')}</p>
    </article>
  );
}

/** The three places where most is lost, in a sentence each, with the way to the details. */
function Highlights({ loaded, context }: LoadedProps): JSX.Element | null {
  const cards = [funnelLoss(loaded.funnel), checkoutWait(loaded.checkout), mostFriction(loaded.map)].filter(
    (card) => card !== undefined,
  );
  if (cards.length === 0) return null;
  return (
    <section class="group" aria-label={said.highlights}>
      <h2 class="group-name">{said.highlights}</h2>
      <div class="highlights">
        {cards.map(({ figure, sentence, view }) => (
          <a key={view} class="highlight" href={context.href({ ...context.state, view, options: new Map() })}>
            <span class="highlight-figure">{figure}</span>
            <span class="highlight-words">{sentence}</span>
            <span class="highlight-more">{said.open(words(view))}</span>
          </a>
        ))}
      </div>
    </section>
  );
}

/** Fewer cases than this in one place may be chance: of five, the 95% interval is 2 to 12. */
const CASES_MIN = 5;

interface Highlight {
  readonly figure: string;
  /** Goes on from the figure. */
  readonly sentence: string;
  readonly view: string;
}

function funnelLoss(report: Report<'funnel'> | undefined): Highlight | undefined {
  const rows = report === undefined ? [] : rowsOf(report);
  const losses = rows
    .slice(1)
    .map((row, at) => ({ row, from: rows[at], lost: (rows[at]?.count('customers') ?? 0) - row.count('customers') }));
  const worst = largest(losses, (loss) => loss.lost);
  const dropOff = worst?.row.number('drop_off');
  if (worst?.from === undefined || dropOff === undefined || worst.lost < CASES_MIN) return undefined;
  if (isFew(worst.from.count('customers'), worst.from)) return undefined;
  return {
    figure: percent(dropOff),
    sentence: said.funnelLoss(
      words(worst.from.text('kind')),
      words(worst.row.text('kind')),
      count(worst.lost),
      count(worst.from.count('customers')),
    ),
    view: 'funnel',
  };
}

function checkoutWait(report: Report<'checkout'> | undefined): Highlight | undefined {
  const steps = (report === undefined ? [] : rowsOf(report)).filter((row) => !isFew(row.count('sessions'), row));
  const worst = largest(steps, (row) => row.count('waiting_p95_ms'));
  const wait = worst?.number('waiting_p95_ms');
  if (worst === undefined || wait === undefined || wait <= 0) return undefined;
  return {
    figure: duration(wait),
    sentence: said.checkoutWait(words(worst.text('step'))),
    view: 'checkout',
  };
}

function mostFriction(report: Report<'journey-map'> | undefined): Highlight | undefined {
  const worst = largest(report === undefined ? [] : rowsOf(report), (row) => row.count('friction_signals'));
  const signals = worst?.count('friction_signals') ?? 0;
  if (worst === undefined || signals < CASES_MIN) return undefined;
  return {
    figure: count(signals),
    sentence: said.mostFriction(stageName(worst.text('stage')), worst.text('channel')),
    view: 'journey-map',
  };
}

function largest<T>(items: readonly T[], size: (item: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || size(item) > size(best)) best = item;
  return best;
}

/** Groups in which the figures are read; those that the page does not know come in a last one. */
const GROUPS: readonly { readonly name: string; readonly figures: readonly string[] }[] = [
  {
    name: said.groups.business,
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
    name: said.groups.audience,
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
    name: said.groups.experience,
    figures: ['signals_per_100_sessions', 'search_rate', 'support_contact_rate', 'nps', 'csat', 'ces'],
  },
];

function grouped(rows: readonly KeyFigure[]): { name: string; members: KeyFigure[] }[] {
  const left = new Map(rows.map((row) => [row.text('name'), row]));
  const groups = GROUPS.map(({ name, figures }) => {
    const members: KeyFigure[] = [];
    for (const figure of figures) {
      const row = left.get(figure);
      if (row !== undefined) members.push(row);
      left.delete(figure);
    }
    return { name, members };
  });
  const others = { name: said.groups.more, members: [...left.values()] };
  return [...groups, others].filter(({ members }) => members.length > 0);
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

function nameCell(row: Row, column: { readonly name: string }): ComponentChild {
  return column.name === 'name' ? title(row.text('name')) : undefined;
}
