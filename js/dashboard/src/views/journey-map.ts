/** Stages across, channels down: where customers are, where they go on, and where they leave. */

import { fetchReport } from '../data/api.ts';
import { compact, count, counted, duration, NONE, percent, title, words } from '../data/format.ts';
import { rowsOf, type Report, type Row } from '../data/report.ts';
import { ALARM_CASES_MIN } from '../data/sample.ts';
import { withOption } from '../data/state.ts';
import { segmented } from '../legacy/controls.ts';
import { dataTable } from '../legacy/data-table.ts';
import { h, vars, type Child } from '../legacy/dom.ts';
import { linkCell } from '../legacy/link-cell.ts';
import { Panel } from '../legacy/panel.ts';
import { customersHref, footing, heading, keyOf, nothingHere, type Context, type View } from '../legacy/view.ts';

interface Metric {
  readonly value: string;
  readonly label: string;
  readonly of: (row: Row) => number | undefined;
  readonly format: (value: number) => string;
  /** Whether more of it is something to worry about. */
  readonly bad: boolean;
}

const METRICS: readonly [Metric, ...Metric[]] = [
  { value: 'customers', label: 'Customers', of: (row) => row.number('customers'), format: compact, bad: false },
  { value: 'conversion', label: 'Conversion', of: (row) => row.number('conversion'), format: percent, bad: false },
  { value: 'drop_off', label: 'Drop-off', of: (row) => row.number('drop_off'), format: percent, bad: true },
  {
    value: 'friction',
    label: 'Friction',
    of: frictionPer100,
    format: (value) => count(Math.round(value * 10) / 10),
    bad: true,
  },
  { value: 'time', label: 'Time', of: (row) => row.number('median_time_ms'), format: duration, bad: false },
];

const METRIC_WORDS: Readonly<Record<string, string>> = {
  customers: 'Customers in each stage, by the channel their visit came from.',
  conversion: 'Share of the customers here who bought, here or later.',
  drop_off: 'Share of the sessions here that ended here without a purchase.',
  friction: 'Friction signals in 100 sessions: repeated clicks, reloads, waits.',
  time: 'Median time that a session spends here.',
};

/** Rows of the picture; further channels are in the table. */
const MOST_CHANNELS = 14;

/** Shades of the map; the style sheet has one for each. */
const HEAT_STEPS = 7;

export function journeyMap(): View {
  const panel = new Panel<Report>();
  const metrics = segmented(
    'What the map shows',
    METRICS.map(({ value, label }) => ({ value, label })),
  );
  let selected = '';
  return {
    root: h(
      'div',
      { class: 'view' },
      heading(
        'Journey map',
        'Every customer, by stage of the journey and by the channel of the visit. Choose a field for its numbers.',
        metrics.root,
      ),
      panel.root,
    ),
    show(context) {
      const metric = METRICS.find(({ value }) => value === context.state.options.get('metric')) ?? METRICS[0];
      metrics.show(metric.value, (value) =>
        context.go(withOption(context.state, 'metric', value === METRICS[0].value ? '' : value)),
      );
      void panel.show(
        keyOf(context),
        (signal) => fetchReport('journey-map', context.site.site, context.scope, {}, signal),
        (report) => render(report, metric, context, selected, (key) => (selected = key)),
      );
    },
    close: () => panel.close(),
  };
}

function render(
  report: Report,
  metric: Metric,
  context: Context,
  selected: string,
  remember: (key: string) => void,
): Child[] {
  const rows = rowsOf(report).filter((row) => row.count('touchpoints') > 0 || row.count('customers') > 0);
  if (rows.length === 0) return [nothingHere(context, 'journeys')];
  return [
    grid(rows, metric, selected, remember, context),
    dataTable(report, {
      caption: 'Stages and channels',
      site: context.site.site,
      labels: { purchases: 'Orders', median_time_ms: 'Median time' },
      cell: (row, column) => linkCell(row, column, context),
    }),
    footing(report),
  ];
}

function grid(
  rows: readonly Row[],
  metric: Metric,
  selected: string,
  remember: (key: string) => void,
  context: Context,
): HTMLElement {
  const stages = [...new Set(rows.map((row) => row.text('stage')))].sort((a, b) => stageOrder(a) - stageOrder(b));
  const channels = channelsBySize(rows);
  const byKey = new Map(rows.map((row) => [keyOfRow(row), row]));
  const shown = channels.slice(0, MOST_CHANNELS);
  // Fields with too few sessions for an alarm do not set its scale either.
  const most = Math.max(0, ...rows.filter((row) => !isTooFew(row, metric)).map((row) => metric.of(row) ?? 0));
  const few = rows.some((row) => isTooFew(row, metric));
  const detail = h('div', { class: 'cell-detail', 'aria-live': 'polite' });
  const buttons: HTMLButtonElement[][] = [];

  function choose(row: Row, button: HTMLButtonElement): void {
    for (const other of buttons.flat()) {
      other.setAttribute('aria-pressed', String(other === button));
      other.tabIndex = other === button ? 0 : -1;
    }
    remember(keyOfRow(row));
    detail.replaceChildren(...detailOf(row, context));
  }

  const body = shown.map((channel) => {
    const line: HTMLButtonElement[] = [];
    const cells = stages.map((stage) => {
      const row = byKey.get(`${stage}\n${channel}`);
      if (row === undefined) return h('td', {}, h('span', { class: 'heat heat-none' }, NONE));
      const button = heatButton(row, metric, most);
      button.addEventListener('click', () => choose(row, button));
      button.addEventListener('keydown', (event) => move(event, buttons));
      line.push(button);
      return h('td', {}, button);
    });
    buttons.push(line);
    return h('tr', {}, h('th', { scope: 'row' }, channel || '(none)'), ...cells);
  });

  const first = byKey.get(selected) ?? biggestLoss(rows.filter((row) => shown.includes(row.text('channel'))));
  const button =
    buttons.flat().find((candidate) => candidate.dataset['key'] === (first === undefined ? '' : keyOfRow(first))) ??
    buttons[0]?.[0];
  const chosen = byKey.get(button?.dataset['key'] ?? '');
  if (button !== undefined && chosen !== undefined) choose(chosen, button);

  return h(
    'section',
    { class: 'card map-card', 'aria-label': 'Journey map' },
    h('p', { class: 'map-words' }, METRIC_WORDS[metric.value]),
    h(
      'div',
      { class: 'map-scroll' },
      vars(
        h(
          'table',
          { class: 'map' },
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Channel')),
              ...stages.map((stage) =>
                h('th', { scope: 'col', class: 'stage-head', 'data-stage': stage }, hyphenated(title(stage))),
              ),
            ),
          ),
          h('tbody', {}, ...body),
        ),
        { '--stages': stages.length },
      ),
    ),
    channels.length > shown.length &&
      h('p', { class: 'aside' }, `${channels.length - shown.length} smaller channels are in the table below.`),
    few &&
      h(
        'p',
        { class: 'aside' },
        `Fields with fewer than ${ALARM_CASES_MIN} sessions have no colour: their shares may be chance.`,
      ),
    detail,
  );
}

/** Whether a field has too few sessions to be coloured as something to worry about. */
function isTooFew(row: Row, metric: Metric): boolean {
  return metric.bad && row.count('sessions') < ALARM_CASES_MIN;
}

function heatButton(row: Row, metric: Metric, most: number): HTMLButtonElement {
  const value = metric.of(row);
  // The power keeps small fields apart where one channel is much larger than the rest.
  const heat =
    value === undefined || most === 0 || isTooFew(row, metric)
      ? 0
      : Math.ceil(HEAT_STEPS * (Math.max(0, value) / most) ** 0.75);
  const customers = row.number('customers');
  const small = metric.value === 'customers' ? row.number('drop_off') : customers;
  const side =
    small === undefined
      ? ''
      : metric.value === 'customers'
        ? `${percent(small)} end here`
        : `${compact(small)} ${small === 1 ? 'customer' : 'customers'}`;
  return h(
    'button',
    {
      type: 'button',
      class: metric.bad ? 'heat heat-bad' : 'heat',
      tabindex: -1,
      'data-heat': heat,
      'data-key': keyOfRow(row),
    },
    h('span', { class: 'visually-hidden' }, `${words(row.text('stage'))}, ${row.text('channel')}: ${metric.label} `),
    h('span', { class: 'heat-figure' }, value === undefined ? NONE : metric.format(value)),
    side !== '' && h('span', { class: 'heat-side' }, side),
  );
}

function detailOf(row: Row, context: Context): HTMLElement[] {
  const facts: [string, string][] = [];
  const add = (label: string, value: number | undefined, format: (value: number) => string): void => {
    if (value !== undefined) facts.push([label, format(value)]);
  };
  add('Customers', row.number('customers'), count);
  add('Sessions', row.number('sessions'), count);
  add('Touchpoints', row.number('touchpoints'), count);
  add('Orders', row.number('purchases'), count);
  add('Conversion', row.number('conversion'), percent);
  add('Drop-off', row.number('drop_off'), percent);
  add('Median time', row.number('median_time_ms'), duration);
  add('Signals', row.number('signals'), count);
  add('Friction signals', row.number('friction_signals'), count);
  return [
    h('h2', {}, `${title(row.text('stage'))} · ${row.text('channel')}`),
    h(
      'dl',
      { class: 'fact-list' },
      ...facts.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))),
    ),
    ...customersLink(row, context),
  ];
}

/** The way from a field to the customers in it. */
function customersLink(row: Row, context: Context): HTMLElement[] {
  const customers = row.count('customers');
  const target = customersHref(row, context);
  if (customers === 0 || target === undefined) return [];
  return [h('p', {}, h('a', { class: 'button', href: target }, `List ${counted(customers, 'customer')}`))];
}

/** Arrow keys walk over the map; Tab enters and leaves it. */
function move(event: KeyboardEvent, buttons: readonly (readonly HTMLButtonElement[])[]): void {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const at = buttons.findIndex((line) => line.includes(event.currentTarget as HTMLButtonElement));
  const column = buttons[at]?.indexOf(event.currentTarget as HTMLButtonElement) ?? 0;
  const line = buttons[at + (step[0] ?? 0)];
  const target = line?.[Math.min(column + (step[1] ?? 0), line.length - 1)];
  target?.focus();
  target?.click();
}

function channelsBySize(rows: readonly Row[]): string[] {
  const size = new Map<string, number>();
  for (const row of rows) size.set(row.text('channel'), (size.get(row.text('channel')) ?? 0) + row.count('customers'));
  return [...size.keys()].sort((a, b) => (size.get(b) ?? 0) - (size.get(a) ?? 0));
}

/** The field in which most sessions end, which is what a reader came for. */
function biggestLoss(rows: readonly Row[]): Row | undefined {
  const lost = (row: Row): number => row.count('sessions') * row.count('drop_off');
  return [...rows].sort((a, b) => lost(b) - lost(a))[0];
}

/** Where the long names of stages may break on a phone. */
function hyphenated(name: string): string {
  return name.replace('Consideration', 'Consider\u00adation').replace('Awareness', 'Aware\u00adness');
}

function frictionPer100(row: Row): number | undefined {
  const [signals, sessions] = [row.number('friction_signals'), row.number('sessions')];
  return signals === undefined || sessions === undefined || sessions === 0 ? undefined : (100 * signals) / sessions;
}

function keyOfRow(row: Row): string {
  return `${row.text('stage')}\n${row.text('channel')}`;
}

/** The stages come in the journey's order; one the page does not know comes after them. */
function stageOrder(stage: string): number {
  const at = ['awareness', 'consideration', 'purchase', 'retention', 'advocacy'].indexOf(stage);
  return at === -1 ? 99 : at;
}
