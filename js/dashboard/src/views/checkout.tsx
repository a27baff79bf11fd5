/** The checkout step by step: who completes it, how long it takes, and whether the customer or the page is slow. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { checkoutHeight, checkoutOption, type Measure } from '../charts/checkout.ts';
import { fetchReport } from '../data/api.ts';
import { count, duration, percent, title, words as wordsOf } from '../data/format.ts';
import { rowsOf, type Column, type Report, type RowOf } from '../data/report.ts';
import { isFew } from '../data/sample.ts';
import { withOption } from '../data/state.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { ChartCard } from '../ui/chart-card.tsx';
import type { ChartSpec } from '../ui/chart.tsx';
import { keyOf, type Context } from '../ui/context.ts';
import { Segmented } from '../ui/controls.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { FewVisits } from '../ui/few.tsx';
import { linkCell } from '../ui/link-cell.tsx';
import { useLoaded, LoadedPanel } from '../ui/panel.tsx';
import { Footing, Heading, NothingHere } from '../ui/view.tsx';

const words = text.checkout;

const MEASURES: readonly { readonly value: Measure; readonly label: string }[] = [
  { value: 'p50', label: words.median },
  { value: 'p95', label: words.p95 },
];

export function Checkout({ context }: SectionProps): JSX.Element {
  const { state, site, scope, go } = context;
  const measure: Measure = state.options.get('measure') === 'p95' ? 'p95' : 'p50';
  const loaded = useLoaded(keyOf(context), (signal) => fetchReport('checkout', site.site, scope, {}, signal));
  // Without times there is nothing to choose between.
  const untimed = loaded.value !== undefined && timedSteps(loaded.value.it).length === 0;
  return (
    <div class="view">
      <Heading title={words.title} lead={words.lead}>
        {!untimed && (
          <Segmented
            label={words.measures}
            choices={MEASURES}
            value={measure}
            choose={(value) => go(withOption(state, 'measure', value === 'p50' ? '' : value))}
          />
        )}
      </Heading>
      <LoadedPanel loaded={loaded}>
        {(report) => <Steps report={report} measure={measure} context={context} />}
      </LoadedPanel>
    </div>
  );
}

interface StepsProps {
  readonly report: Report<'checkout'>;
  readonly measure: Measure;
  readonly context: Context;
}

function Steps({ report, measure, context }: StepsProps): JSX.Element {
  const rows = useMemo(() => rowsOf(report), [report]);
  const timed = useMemo(() => timedSteps(report), [report]);
  const spec = useMemo(() => specOf(timed, measure), [timed, measure]);
  if (rows.every((row) => row.count('sessions') === 0)) return <NothingHere context={context} things={words.nothing} />;
  return (
    <>
      <Route rows={rows} />
      {timed.length > 0 && (
        <ChartCard
          title={words.times}
          pictureTitle={words.timesOf[measure]}
          name="checkout"
          spec={spec}
          context={context}
        >
          <p class="caption">{words.caption[measure]}</p>
        </ChartCard>
      )}
      <DataTable
        report={report}
        caption={words.table}
        site={context.site.site}
        labels={words.columns}
        cell={(row, column) => stepCell(row, column) ?? linkCell(row, column, context)}
      />
      <Footing report={report} />
    </>
  );
}

function stepCell(row: RowOf<'checkout'>, column: Column): string | undefined {
  return column.name === 'step' ? wordsOf(row.text('step')) : undefined;
}

/** Steps whose times are known: they are measured in the page, and imported data has none. */
function timedSteps(report: Report<'checkout'>): RowOf<'checkout'>[] {
  const times = ['total_p50_ms', 'acting_p50_ms', 'waiting_p50_ms'] as const;
  return rowsOf(report).filter((row) => times.some((column) => row.number(column) !== undefined));
}

function specOf(timed: readonly RowOf<'checkout'>[], measure: Measure): ChartSpec {
  return {
    label: words.timesLabel[measure](timed.length),
    height: () => checkoutHeight(timed.length),
    option: (colours, width) => checkoutOption(timed, measure, colours, width),
    library: () => import('../charts/bars.ts'),
  };
}

/**
 * The checkout as a road with its stops: how many come, how many go on, and what got in their way. Those who go on, who come
 * back to buy and who leave for good are together those who came.
 */
function Route({ rows }: { readonly rows: readonly RowOf<'checkout'>[] }): JSX.Element {
  const most = Math.max(1, ...rows.map((row) => row.count('sessions')));
  return (
    <ol class="route" aria-label={words.table}>
      {rows.map((row) => (
        <Stop key={row.text('step')} row={row} most={most} />
      ))}
    </ol>
  );
}

interface StopProps {
  readonly row: RowOf<'checkout'>;
  /** Sessions of the step that most reach. */
  readonly most: number;
}

function Stop({ row, most }: StopProps): JSX.Element {
  const sessions = row.count('sessions');
  const completed = row.number('completed');
  const done = completed === undefined || sessions === 0 ? undefined : completed / sessions;
  const [abandoned, later, total] = [row.count('abandoned'), row.count('bought_later'), row.number('total_p50_ms')];
  // Few sessions are no alarm.
  const few = isFew(sessions, row);
  return (
    <li class="stop" style={{ '--size': `${Math.round((100 * sessions) / most)}%` }}>
      <h2>{title(row.text('step'))}</h2>
      <p class="stop-figure">
        {done === undefined ? count(sessions) : percent(done)}
        <span>{done === undefined ? words.sessions : words.goOn(count(sessions))}</span>
      </p>
      {abandoned > 0 && (
        <p class={few ? 'stop-left' : 'stop-left stop-lost'}>
          {words.left(abandoned)}
          {few && <FewVisits row={row} />}
        </p>
      )}
      {later > 0 && <p class="stop-later">{words.boughtLater(later)}</p>}
      <p class="stop-time">{total !== undefined && words.typically(duration(total))}</p>
      <p class="badges">
        {FRICTION.filter(([column]) => row.count(column) > 0).map(([column, counted]) => (
          <span key={column} class="badge badge-friction">
            {counted(row.count(column))}
          </span>
        ))}
      </p>
    </li>
  );
}

/** Counts of friction in a step, by column. */
const FRICTION = [
  ['reloads', words.reloads],
  ['slow_signals', words.slowWaits],
  ['field_errors', words.fieldErrors],
] as const;
