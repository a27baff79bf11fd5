/** The checkout step by step: who completes it, how long it takes, and whether the customer or the page is slow. */

import { fetchReport } from '../data/api.ts';
import { checkoutHeight, checkoutOption, type Measure } from '../charts/checkout.ts';
import { count, counted, duration, percent, title, words } from '../data/format.ts';
import { rowsOf, type Report, type Row } from '../data/report.ts';
import { ALARM_CASES_MIN } from '../data/sample.ts';
import { withOption } from '../data/state.ts';
import { chart } from '../legacy/chart.ts';
import { segmented } from '../legacy/controls.ts';
import { dataTable } from '../legacy/data-table.ts';
import { h, vars, type Child } from '../legacy/dom.ts';
import { Panel } from '../legacy/panel.ts';
import { footing, heading, keyOf, nothingHere, type Context, type View } from '../legacy/view.ts';

export function checkout(): View {
  const panel = new Panel<Report>();
  const measures = segmented('Which times', [
    { value: 'p50', label: 'Typical (median)' },
    { value: 'p95', label: 'Slowest 1 in 20 (p95)' },
  ]);
  return {
    root: h(
      'div',
      { class: 'view' },
      heading(
        'Checkout',
        'Where customers leave the checkout, and whether they were waiting for the page or busy with it.',
        measures.root,
      ),
      panel.root,
    ),
    show(context) {
      const measure: Measure = context.state.options.get('measure') === 'p95' ? 'p95' : 'p50';
      measures.show(measure, (value) => context.go(withOption(context.state, 'measure', value === 'p50' ? '' : value)));
      void panel.show(
        keyOf(context),
        (signal) => fetchReport('checkout', context.site.site, context.scope, {}, signal),
        (report, lifetime) => {
          measures.root.hidden = timedSteps(report).length === 0;
          return render(report, measure, context, lifetime);
        },
      );
    },
    close: () => panel.close(),
  };
}

function render(report: Report, measure: Measure, context: Context, lifetime: AbortSignal): Child[] {
  const rows = rowsOf(report);
  if (rows.every((row) => row.count('sessions') === 0)) return [nothingHere(context, 'checkouts')];
  const timed = timedSteps(report);
  return [
    route(rows),
    timed.length > 0 &&
      h(
        'section',
        { class: 'card', 'aria-label': 'Time in each step' },
        h('header', { class: 'card-head' }, h('h2', {}, 'Time in each step')),
        chart(
          {
            label: `Waiting and acting time of ${timed.length} checkout steps, ${measure === 'p50' ? 'median' : '95th percentile'}.`,
            height: () => checkoutHeight(timed.length),
            option: (colours, width) => checkoutOption(timed, measure, colours, width),
            library: () => import('../charts/bars.ts'),
          },
          lifetime,
        ),
        h(
          'p',
          { class: 'caption' },
          measure === 'p50'
            ? 'Half of the visits need at most this long. Waiting and acting are measured apart, so the bar can differ a little from the total in the table.'
            : '19 of 20 visits need at most this long. Waiting and acting are measured apart: few visits are slow in both, so the bar can be longer than the total in the table.',
        ),
      ),
    dataTable(report, {
      caption: 'Steps of the checkout',
      site: context.site.site,
      labels: LABELS,
      cell: (row, column) => (column.name === 'step' ? words(row.text('step')) : undefined),
    }),
    footing(report),
  ];
}

/** Steps whose times are known: they are measured in the page, and imported data has none. */
function timedSteps(report: Report): Row[] {
  const times = ['total_p50_ms', 'acting_p50_ms', 'waiting_p50_ms'];
  return rowsOf(report).filter((row) => times.some((column) => row.number(column) !== undefined));
}

/**
 * The checkout as a road with its stops: how many come, how many go on, and what got in their way. Those who go on, who come
 * back to buy and who leave for good are together those who came.
 */
function route(rows: readonly Row[]): HTMLElement {
  const most = Math.max(1, ...rows.map((row) => row.count('sessions')));
  return h(
    'ol',
    { class: 'route', 'aria-label': 'Steps of the checkout' },
    ...rows.map((row) => {
      const sessions = row.count('sessions');
      const completed = row.number('completed');
      const done = completed === undefined || sessions === 0 ? undefined : completed / sessions;
      const stop = h(
        'li',
        { class: 'stop' },
        h('h2', {}, title(row.text('step'))),
        h(
          'p',
          { class: 'stop-figure' },
          done === undefined ? count(sessions) : percent(done),
          h('span', {}, done === undefined ? ' sessions' : ` of ${count(sessions)} go on`),
        ),
        row.count('abandoned') > 0 &&
          h(
            'p',
            // Few sessions are no alarm.
            { class: sessions < ALARM_CASES_MIN ? 'stop-left' : 'stop-left stop-lost' },
            `${counted(row.count('abandoned'), 'session')} left here for good`,
          ),
        row.count('bought_later') > 0 &&
          h('p', { class: 'stop-later' }, `${counted(row.count('bought_later'), 'session')} left, and bought later`),
        h('p', { class: 'stop-time' }, timeText(row)),
        h('p', { class: 'badges' }, ...badges(row)),
      );
      return vars(stop, { '--size': `${Math.round((100 * sessions) / most)}%` });
    }),
  );
}

function timeText(row: Row): string | undefined {
  const total = row.number('total_p50_ms');
  return total === undefined ? undefined : `${duration(total)} typically`;
}

function badges(row: Row): HTMLElement[] {
  const friction: readonly [string, string, string][] = [
    ['reloads', 'reload', 'reloads'],
    ['slow_signals', 'slow wait', 'slow waits'],
    ['field_errors', 'field error', 'field errors'],
  ];
  return friction
    .filter(([column]) => row.count(column) > 0)
    .map(([column, one, many]) =>
      h(
        'span',
        { class: 'badge badge-friction' },
        `${count(row.count(column))} ${row.count(column) === 1 ? one : many}`,
      ),
    );
}

const LABELS: Readonly<Record<string, string>> = {
  acting_p50_ms: 'Acting, median',
  acting_p95_ms: 'Acting, p95',
  waiting_p50_ms: 'Waiting, median',
  waiting_p95_ms: 'Waiting, p95',
  total_p50_ms: 'Total, median',
  total_p95_ms: 'Total, p95',
};
