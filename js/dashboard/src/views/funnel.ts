/** The way to the purchase, step by step: who goes on, who is lost, and how sure the shares are. */

import { fetchReport } from '../data/api.ts';
import { funnelHeight, funnelOption } from '../charts/funnel.ts';
import { counted, percent, words } from '../data/format.ts';
import { END, START } from '../data/flow.ts';
import { rowsOf, type Report, type Row } from '../data/report.ts';
import { withOption, type State } from '../data/state.ts';
import { moved, parseSteps, removed } from '../data/steps.ts';
import { chart } from '../legacy/chart.ts';
import { dropDown, type Choice } from '../legacy/controls.ts';
import { dataTable } from '../legacy/data-table.ts';
import { h, type Child } from '../legacy/dom.ts';
import { icon } from '../legacy/icons.ts';
import { Panel } from '../legacy/panel.ts';
import { footing, heading, keyOf, nothingHere, type Context, type View } from '../legacy/view.ts';

const ORDERS = [
  { value: '', label: 'in this order, other things between' },
  { value: 'strict', label: 'in this order, no other step between' },
  { value: 'any', label: 'in any order' },
];

const WINDOWS = [
  { value: '', label: 'the usual window' },
  { value: '1', label: '1 day' },
  { value: '7', label: '7 days' },
  { value: '14', label: '14 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
];

export function funnel(): View {
  const panel = new Panel<Report>();
  const order = dropDown('Steps happen', ORDERS);
  const window = dropDown('Within', WINDOWS);
  const editor = h('div', { class: 'steps' });
  const kinds = new KindsOfSite();
  return {
    root: h(
      'div',
      { class: 'view' },
      heading(
        'Funnel',
        'How many customers take each step, how many are lost before it, and how sure each share is.',
        order.root,
        window.root,
      ),
      editor,
      panel.root,
    ),
    show(context) {
      const { state } = context;
      nameDefault(window, context);
      const params = {
        steps: state.options.get('steps') ?? '',
        order: state.options.get('order') ?? '',
        window_days: state.options.get('window_days') ?? '',
      };
      order.show(params.order === 'ordered' ? '' : params.order, (value) =>
        context.go(withOption(state, 'order', value)),
      );
      window.show(params.window_days, (value) => context.go(withOption(state, 'window_days', value)));
      const asked = parseSteps(params.steps);
      if (asked.length > 0) editSteps(editor, asked, kinds, context);
      void panel.show(
        keyOf(context, ...Object.values(params)),
        (signal) => fetchReport('funnel', context.site.site, context.scope, params, signal),
        (report, lifetime) => {
          if (asked.length === 0)
            editSteps(
              editor,
              rowsOf(report).map((row) => row.text('kind')),
              kinds,
              context,
            );
          return render(report, context, lifetime);
        },
      );
    },
    close: () => panel.close(),
  };
}

function render(report: Report, context: Context, lifetime: AbortSignal): Child[] {
  const rows = rowsOf(report);
  const first = rows[0];
  if (first === undefined || first.count('customers') === 0) {
    return [nothingHere(context, first === undefined ? 'funnel' : `customers with ${words(first.text('kind'))}`)];
  }
  return [
    h(
      'section',
      { class: 'card', 'aria-label': 'Funnel' },
      verdict(rows),
      chart(
        {
          label: `Funnel from ${words(first.text('kind'))}, ${counted(first.count('customers'), 'customer')}.`,
          height: (width) => funnelHeight(rows.length, width),
          option: (colours, width) => funnelOption(rows, colours, width),
          library: () => import('../charts/bars.ts'),
        },
        lifetime,
      ),
      h(
        'p',
        { class: 'caption' },
        'Full columns: customers who took the step. Hatched: lost since the step before. The mark on each column spans the 95% interval of its share. A funnel counts customers within its window; Overview and Checkout count sessions, so that their losses are other numbers.',
      ),
    ),
    dataTable(report, {
      caption: 'Steps',
      site: context.site.site,
      labels: {
        conversion_from_start: 'Of start',
        conversion_from_previous: 'Of step before',
        low: '95% low',
        high: '95% high',
        median_time_ms: 'Median time',
      },
      cell: (row, column) => (column.name === 'kind' ? words(row.text('kind')) : undefined),
    }),
    footing(report),
  ];
}

/** Says how long the usual window is, as the server has it. */
function nameDefault(window: Choice, { reports }: Context): void {
  // Without the list of reports the choice keeps its general name.
  const parameters = reports.find(({ name }) => name === 'funnel')?.params ?? [];
  const days = parameters.find(({ name }) => name === 'window_days')?.default ?? '';
  if (/^[1-9]\d*$/.test(days)) window.nameDefault(days === '1' ? '1 day (usual)' : `${days} days (usual)`, days);
}

/** The whole funnel in a sentence. */
function verdict(rows: readonly Row[]): HTMLElement | undefined {
  const [first, last] = [rows[0], rows.at(-1)];
  const share = last?.number('conversion_from_start');
  if (first === undefined || last === undefined || share === undefined || rows.length < 2) return undefined;
  return h(
    'p',
    { class: 'verdict' },
    h('strong', {}, percent(share)),
    ` of ${counted(first.count('customers'), 'customer')} with ${words(first.text('kind'))} reach ${words(last.text('kind'))}.`,
  );
}

function editSteps(editor: HTMLElement, steps: readonly string[], kinds: KindsOfSite, context: Context): void {
  const { state } = context;
  const go = (next: readonly string[]): void => context.go(withOption(state, 'steps', next.join(',')));
  const add = h(
    'select',
    { 'aria-label': 'Add a step', class: 'add-step', change: () => add.value !== '' && go([...steps, add.value]) },
    h('option', { value: '' }, '+ Add a step'),
  );
  void kinds.of(context).then((names) => add.append(...names.map((name) => h('option', { value: name }, words(name)))));
  editor.replaceChildren(
    h(
      'ol',
      { class: 'step-list', 'aria-label': 'Steps of the funnel' },
      ...steps.map((step, at) => stepChip(step, at, steps, go)),
      h('li', { class: 'step-add' }, add),
    ),
  );
  if (state.options.has('steps')) {
    const reset: State = withOption(state, 'steps', '');
    editor.append(h('a', { class: 'button button-quiet', href: context.href(reset) }, 'Default steps'));
  }
}

function stepChip(
  step: string,
  at: number,
  steps: readonly string[],
  go: (steps: readonly string[]) => void,
): HTMLElement {
  const name = words(step);
  const button = (
    label: string,
    picture: 'left' | 'right' | 'close',
    next: readonly string[],
    off: boolean,
  ): HTMLElement =>
    h(
      'button',
      {
        type: 'button',
        class: 'chip-button',
        'aria-label': `${label}: ${name}`,
        title: label,
        disabled: off,
        click: () => go(next),
      },
      icon(picture),
    );
  return h(
    'li',
    { class: 'chip' },
    h('span', { class: 'chip-number' }, at + 1),
    h('span', { class: 'chip-name' }, name),
    button('Move earlier', 'left', moved(steps, at, -1), at === 0),
    button('Move later', 'right', moved(steps, at, 1), at === steps.length - 1),
    button('Remove', 'close', removed(steps, at), steps.length <= 2),
  );
}

/** The kinds of touchpoint that a site has, to choose steps from: those its paths lead over, most frequent first. */
class KindsOfSite {
  private site = '';
  private names: Promise<string[]> = Promise.resolve([]);

  of({ site }: Context): Promise<string[]> {
    if (site.site !== this.site) {
      this.site = site.site;
      // Without the list the reader still has the steps that are there.
      this.names = fetchReport('paths', site.site, {}).then(kindsOf, () => []);
    }
    return this.names;
  }
}

function kindsOf(paths: Report): string[] {
  const size = new Map<string, number>();
  for (const row of rowsOf(paths)) size.set(row.text('to'), (size.get(row.text('to')) ?? 0) + row.count('transitions'));
  for (const end of [START, END, '']) size.delete(end);
  return [...size.keys()].sort((a, b) => (size.get(b) ?? 0) - (size.get(a) ?? 0));
}
