/** The journey of one customer: every touchpoint in order, visit by visit. */

import { fetchReport } from '../data/api.ts';
import { day, duration, utcClock, words } from '../data/format.ts';
import { rowsOf, type Report, type Row } from '../data/report.ts';
import { dataTable } from '../ui/data-table.ts';
import { h, type Child } from '../ui/dom.ts';
import { fieldList } from '../ui/fields.ts';
import { icon } from '../ui/icons.ts';
import { visitorText } from '../ui/link.ts';
import { Panel } from '../ui/panel.ts';
import { footing, heading, keyOf, type Context, type View } from '../ui/view.ts';

export function customer(): View {
  const panel = new Panel<Report>();
  const back = h('a', { class: 'button button-quiet' }, icon('back'), 'Live');
  const who = h('code', { class: 'who' });
  return {
    root: h(
      'div',
      { class: 'view' },
      heading(
        'Journey of one customer',
        'Everything this customer did, visit by visit, the first first. Times are UTC.',
        who,
        back,
      ),
      panel.root,
    ),
    show(context) {
      const visitor = context.state.options.get('visitor') ?? '';
      const customer = context.state.options.get('customer') ?? '';
      back.href = context.href({ ...context.state, view: 'live', options: new Map() });
      who.textContent = visitor === '' ? customer : visitor;
      void panel.show(
        keyOf(context, visitor, customer),
        (signal) =>
          fetchReport(
            'timeline',
            context.site.site,
            context.scope,
            visitor === '' ? { customer } : { visitor },
            signal,
          ),
        (report) => render(report, context),
      );
    },
    close: () => panel.close(),
  };
}

function render(report: Report, context: Context): Child[] {
  const rows = rowsOf(report);
  if (rows.length === 0) {
    return [
      h(
        'div',
        { class: 'message' },
        h('h2', {}, 'No touchpoints of this customer in these days'),
        h(
          'p',
          {},
          'Touchpoints are in the reports a moment after they arrive. Choose all data, or try again with the button beside the days.',
        ),
      ),
    ];
  }
  return [
    h('div', { class: 'visits' }, ...visitsOf(rows).map(visit)),
    dataTable(report, {
      caption: 'Touchpoints',
      site: context.site.site,
      hidden: ['fields'],
      cell: (row, column) => (column.name === 'detail' ? visitorText(row.text('detail')) : undefined),
    }),
    footing(report),
  ];
}

function visit(rows: readonly Row[]): HTMLElement {
  const [first, last] = [rows[0], rows.at(-1)];
  const start = first?.number('time');
  const length = start === undefined ? undefined : (last?.number('time') ?? start) - start;
  const channel = first?.text('channel') ?? '';
  return h(
    'section',
    { class: 'card visit' },
    h(
      'h2',
      {},
      `Visit ${first?.text('session') ?? ''}`,
      h(
        'span',
        {},
        [start === undefined ? '' : day(start), channel, length === undefined ? '' : duration(length)]
          .filter((part) => part !== '')
          .join(' · '),
      ),
    ),
    h('ol', { class: 'timeline' }, ...rows.map(touch)),
  );
}

function touch(row: Row): HTMLElement {
  const time = row.number('time');
  const signal = row.text('kind') === 'signal';
  return h(
    'li',
    { class: signal ? 'touch-signal' : undefined, 'data-stage': row.text('stage') },
    time === undefined ? h('span') : h('time', { datetime: new Date(time).toISOString() }, utcClock(time)),
    h('span', { class: 'touch-kind' }, words(row.text('kind'))),
    detailOf(row),
  );
}

/** What the touchpoint says in short, and all of it on demand. */
function detailOf(row: Row): HTMLElement {
  const detail = row.text('detail');
  const fields = fieldsOf(row);
  if (fields.length === 0) return h('span', { class: 'touch-detail' }, visitorText(detail));
  return h(
    'details',
    { class: 'touch-detail' },
    h('summary', {}, detail === '' ? words(row.text('stage')) : detail),
    fieldList(fields),
  );
}

function fieldsOf(row: Row): [string, unknown][] {
  try {
    const json: unknown = JSON.parse(row.text('fields'));
    return typeof json === 'object' && json !== null ? Object.entries(json) : [];
  } catch {
    // A report without that column.
    return [];
  }
}

/** The rows of each visit; a visitor can have visits in several browsers, which the report numbers in order. */
function visitsOf(rows: readonly Row[]): Row[][] {
  const visits: Row[][] = [];
  let current: string | undefined;
  for (const row of rows) {
    if (row.text('session') !== current) {
      visits.push([]);
      current = row.text('session');
    }
    visits.at(-1)?.push(row);
  }
  return visits;
}
