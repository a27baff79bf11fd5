/** The journey of one customer: every touchpoint in order, visit by visit. */

import { fetchReport } from '../data/api.ts';
import { clockIn, day, duration, words } from '../data/format.ts';
import { rowsOf, type Report, type Row } from '../data/report.ts';
import { dataTable } from '../legacy/data-table.ts';
import { h, type Child } from '../legacy/dom.ts';
import { fieldList } from '../legacy/fields.ts';
import { visitorText } from '../legacy/link.ts';
import { Panel } from '../legacy/panel.ts';
import { footing, heading, keyOf, type Context, type View } from '../legacy/view.ts';

/** Whom a reader can ask for, and what the server's parameter for it is called. */
const IDENTITIES = [
  { value: 'visitor', label: 'Visitor (one browser)' },
  { value: 'customer', label: 'Customer (all browsers)' },
] as const;

type Identity = (typeof IDENTITIES)[number]['value'];

export function customer(): View {
  const panel = new Panel<Report>();
  const identity = h(
    'select',
    { 'aria-label': 'Identity of a' },
    ...IDENTITIES.map(({ value, label }) => h('option', { value }, label)),
  );
  const search = h('input', { type: 'search', placeholder: 'Identity', 'aria-label': 'Identity', keydown: onKey });
  const find = h('button', { type: 'button', class: 'button', click: lookUp }, 'Show journey');
  let context: Context | undefined;

  function lookUp(): void {
    const wanted = search.value.trim();
    if (context === undefined || wanted === '') return;
    context.go({ ...context.state, options: new Map([[identity.value, wanted]]) });
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') lookUp();
  }

  return {
    root: h(
      'div',
      { class: 'view' },
      heading(
        'Journey of one customer',
        'Everything one customer did, visit by visit, the first first.',
        h('div', { class: 'look-up', role: 'search' }, identity, search, find),
      ),
      panel.root,
    ),
    show(shown) {
      context = shown;
      const asked = askedFor(shown);
      identity.value = asked?.identity ?? 'visitor';
      search.value = asked?.id ?? '';
      if (asked === undefined) {
        void panel.show(
          '',
          () => Promise.resolve(NOBODY),
          () => [whomToAskFor(shown)],
        );
        return;
      }
      const { identity: name, id } = asked;
      void panel.show(
        keyOf(shown, name, id),
        (signal) => fetchReport('timeline', shown.site.site, shown.scope, { [name]: id }, signal),
        (report) => render(report, shown),
      );
    },
    close: () => panel.close(),
  };
}

function askedFor({ state }: Context): { readonly identity: Identity; readonly id: string } | undefined {
  for (const { value } of IDENTITIES) {
    const id = state.options.get(value);
    if (id !== undefined) return { identity: value, id };
  }
  return undefined;
}

const NOBODY: Report = {
  name: '',
  title: '',
  events: undefined,
  customers: undefined,
  currency: undefined,
  columns: [],
  rows: [],
  notes: [],
};

function whomToAskFor({ state, href }: Context): HTMLElement {
  return h(
    'div',
    { class: 'message' },
    h('h2', {}, 'Whose journey?'),
    h(
      'p',
      {},
      'Choose a visitor in ',
      h('a', { href: href({ ...state, view: 'live', options: new Map() }) }, 'Live'),
      ', or enter an identity above: a browser’s, or the one that the shop gave with ',
      h('code', {}, 'identify'),
      '.',
    ),
  );
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
    h('div', { class: 'visits' }, ...visitsOf(rows).map((visited) => visit(visited, report.timezone))),
    dataTable(report, {
      caption: 'Touchpoints',
      site: context.site.site,
      hidden: ['fields'],
      cell: (row, column) => (column.name === 'detail' ? visitorText(row.text('detail')) : undefined),
    }),
    footing(report),
  ];
}

function visit(rows: readonly Row[], zone: string | undefined): HTMLElement {
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
        [start === undefined ? '' : day(start, zone), channel, length === undefined ? '' : duration(length)]
          .filter((part) => part !== '')
          .join(' · '),
      ),
    ),
    h('ol', { class: 'timeline' }, ...rows.map((row) => touch(row, zone))),
  );
}

function touch(row: Row, zone: string | undefined): HTMLElement {
  const time = row.number('time');
  const signal = row.text('kind') === 'signal';
  return h(
    'li',
    { class: signal ? 'touch-signal' : undefined, 'data-stage': row.text('stage') },
    time === undefined ? h('span') : h('time', { datetime: new Date(time).toISOString() }, clockIn(time, zone)),
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
