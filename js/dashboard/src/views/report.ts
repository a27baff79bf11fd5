/** Any report, drawn from what the server says of it: its parameters, its columns and their units. */

import { fetchReport } from '../data/api.ts';
import { drawable, ranked, reportHeight, reportOption } from '../charts/report.ts';
import { title } from '../data/format.ts';
import { type Column, type Described, type Parameter, type Report, type Row } from '../data/report.ts';
import { COMMON, withOption, type State } from '../data/state.ts';
import { chart } from '../legacy/chart.ts';
import { dropDown, textField, type Control } from '../legacy/controls.ts';
import { dataTable } from '../legacy/data-table.ts';
import { h, type Child } from '../legacy/dom.ts';
import { linkCell } from '../legacy/link-cell.ts';
import { Panel } from '../legacy/panel.ts';
import type { Tokens } from '../ui/theme.ts';
import { footing, heading, keyOf, nothingHere, type Context, type View } from '../legacy/view.ts';

/** Parameters that lead from page to page of a long list. */
const PAGING = { limit: 'limit', offset: 'offset' } as const;

export function report(name: string, described: Described | undefined): View {
  const panel = new Panel<Report>();
  const controls = (described?.params ?? [])
    .filter((param) => !COMMON.includes(param.name) && param.name !== PAGING.limit && param.name !== PAGING.offset)
    .map((param) => ({ param, control: controlOf(param) }));
  const words = controls.filter(({ param }) => isWord(param));
  const shown = controls.filter((entry) => !words.includes(entry) || entry === words[0]);
  const more = words.slice(1);
  const filters = h(
    'details',
    { class: 'filters' },
    h('summary', {}, 'More filters'),
    h('div', { class: 'controls' }, ...more.map(({ control }) => control.root)),
  );
  return {
    root: h(
      'div',
      { class: 'view' },
      heading(described?.title ?? title(name), described?.doc ?? '', ...shown.map(({ control }) => control.root)),
      more.length > 0 && filters,
      panel.root,
    ),
    show(context) {
      const { state } = context;
      for (const { param, control } of controls) {
        control.show(state.options.get(param.name) ?? param.default, (value) =>
          context.go(withOption(withOption(state, PAGING.offset, ''), param.name, value === param.default ? '' : value)),
        );
      }
      // A filter that is in force is in sight.
      if (more.some(({ param }) => state.options.has(param.name))) filters.open = true;
      const params = Object.fromEntries(state.options);
      void panel.show(
        keyOf(context, name, ...[...state.options].flat()),
        (signal) => fetchReport(name, context.site.site, context.scope, params, signal),
        (loaded, lifetime) => render(loaded, described, context, lifetime),
      );
    },
    close: () => panel.close(),
  };
}

/** Whether a parameter takes any word, as a filter does. */
function isWord(param: Parameter): boolean {
  return param.choices.length === 0 && param.type !== 'number';
}

function controlOf(param: Parameter): Control {
  const label = title(param.name);
  if (isWord(param)) return textField(label, 'search', param.doc);
  if (param.type === 'number') return textField(label, 'number', param.doc);
  return dropDown(
    label,
    param.choices.map((value) => ({ value, label: title(value) })),
  );
}

function render(
  loaded: Report,
  described: Described | undefined,
  context: Context,
  lifetime: AbortSignal,
): readonly Child[] {
  const caption = loaded.title || title(loaded.name);
  if (loaded.rows.length === 0) return [nothingHere(context, caption.toLowerCase()), pager(loaded, described, context), footing(loaded)];
  return [
    // A page of a long list is in the reader's own order; its first rows are not the largest of anything.
    loaded.total === undefined && chartCard(loaded, lifetime),
    dataTable(loaded, {
      caption,
      site: context.site.site,
      unitOf: unitOfRow,
      cell: (row, column) => linkCell(row, column, context),
    }),
    pager(loaded, described, context),
    footing(loaded),
  ];
}

/** The largest rows by a column that the reader can choose; nothing where no column can be compared. */
function chartCard(loaded: Report, lifetime: AbortSignal): HTMLElement | undefined {
  const columns = drawable(loaded).filter((column) => ranked(loaded, column) !== undefined);
  const first = columns[0];
  if (first === undefined) return undefined;
  const picture = h('div');
  let drawing = new AbortController();
  const draw = (name: string): void => {
    const drawn = ranked(loaded, columns.find((column) => column.name === name) ?? first);
    if (drawn === undefined) return;
    drawing.abort();
    const current = new AbortController();
    drawing = current;
    lifetime.addEventListener('abort', () => current.abort(), { signal: current.signal });
    const spec = {
      label: `${drawn.title}: the ${drawn.bars.length} largest.`,
      height: () => reportHeight(drawn),
      option: (colours: Tokens, width: number) => reportOption(drawn, colours, width),
      library: () => import('../charts/bars.ts'),
    };
    picture.replaceChildren(chart(spec, current.signal));
  };
  const choice = h(
    'select',
    { 'aria-label': 'What the chart shows', change: () => draw(choice.value) },
    ...columns.map(({ name }) => h('option', { value: name }, title(name))),
  );
  draw(first.name);
  return h(
    'section',
    { class: 'card', 'aria-label': 'Chart' },
    h('header', { class: 'card-head' }, h('h2', {}, 'The largest'), choice),
    picture,
  );
}

/** A column without a unit of its own takes that of its row, where the rows have one. */
function unitOfRow(row: Row, column: Column): string | undefined {
  return column.type === 'number' && column.unit === undefined ? row.text('unit') || undefined : undefined;
}

/** The way to the pages before and after, of a report that is read page by page. */
function pager(loaded: Report, described: Described | undefined, context: Context): HTMLElement | undefined {
  const usual = described?.params.find(({ name }) => name === PAGING.limit)?.default ?? '';
  const limit = Number(context.state.options.get(PAGING.limit) ?? usual);
  const offset = Number(context.state.options.get(PAGING.offset) ?? 0);
  if (loaded.total === undefined || !(limit > 0) || !(offset >= 0)) return undefined;
  if (offset === 0 && loaded.total <= limit) return undefined;
  const to = (next: number): State => withOption(context.state, PAGING.offset, next > 0 ? String(next) : '');
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages of the list' },
    offset > 0 && h('a', { class: 'button', href: context.href(to(offset - limit)) }, 'Previous'),
    offset + limit < loaded.total && h('a', { class: 'button', href: context.href(to(offset + limit)) }, 'Next'),
  );
}
