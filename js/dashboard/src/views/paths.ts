/** What follows what: the most frequent transitions between touchpoints. */

import { fetchReport } from '../data/api.ts';
import { pathsHeight, pathsOption, type PathLink } from '../charts/paths.ts';
import { count, nodeName, percent } from '../data/format.ts';
import { foldCycles, total, type Flow } from '../data/flow.ts';
import { rowsOf, type Report } from '../data/report.ts';
import { withOption } from '../data/state.ts';
import { chart } from '../legacy/chart.ts';
import { segmented } from '../legacy/controls.ts';
import { dataTable } from '../legacy/data-table.ts';
import { h, type Child } from '../legacy/dom.ts';
import { Panel } from '../legacy/panel.ts';
import { footing, heading, keyOf, nothingHere, type Context, type View } from '../legacy/view.ts';

/** Transitions drawn unless the reader asks for others: about as many as can be told apart. */
const USUAL_LIMIT = 24;

/** Transitions asked for: more than a reader goes through, few enough for a page. */
const MOST_TRANSITIONS = '500';

/** What the stops may be, besides touchpoints without clicks. */
const NODES = ['clicks', 'page'] as const;

/** What the server is asked for each of them. */
const PARAMS: Readonly<Record<(typeof NODES)[number] | '', Readonly<Record<string, string>>>> = {
  '': {},
  clicks: { clicks: 'yes' },
  page: { nodes: 'page' },
};

export function paths(): View {
  const panel = new Panel<Report>();
  const nodes = segmented('What the stops are', [
    { value: '', label: 'Touchpoints' },
    { value: 'clicks', label: 'With clicks' },
    { value: 'page', label: 'Pages' },
  ]);
  const limits = segmented('How many transitions are drawn', [
    { value: '12', label: 'Main' },
    { value: '24', label: 'More' },
    { value: '60', label: 'Most' },
  ]);
  return {
    root: h(
      'div',
      { class: 'view' },
      heading(
        'Paths',
        'What customers do next: the most frequent transitions from one touchpoint to the following.',
        nodes.root,
        limits.root,
      ),
      panel.root,
    ),
    show(context) {
      const asked = Number(context.state.options.get('limit'));
      const limit = Number.isInteger(asked) && asked > 0 && asked <= 200 ? asked : USUAL_LIMIT;
      limits.show(String(limit), (value) =>
        context.go(withOption(context.state, 'limit', value === String(USUAL_LIMIT) ? '' : value)),
      );
      const node = NODES.find((name) => name === context.state.options.get('nodes')) ?? '';
      nodes.show(node, (value) => context.go(withOption(context.state, 'nodes', value)));
      void panel.show(
        keyOf(context, node),
        (signal) =>
          fetchReport('paths', context.site.site, context.scope, { ...PARAMS[node], top: MOST_TRANSITIONS }, signal),
        (report, lifetime) => render(report, limit, context, lifetime),
      );
    },
    close: () => panel.close(),
  };
}

function render(report: Report, limit: number, context: Context, lifetime: AbortSignal): Child[] {
  const rows = rowsOf(report);
  const transitions = rows.map((row): PathLink => ({
    from: row.text('from'),
    to: row.text('to'),
    transitions: row.count('transitions'),
    sessions: row.number('sessions'),
    share: row.number('share'),
    medianGapMs: row.number('median_gap_ms'),
  }));
  if (total(transitions) === 0) return [nothingHere(context, 'paths')];
  const flow = foldCycles(transitions, limit);
  const back = new Set(flow.returns.map((link) => `${link.from}\n${link.to}`));
  return [
    h(
      'section',
      { class: 'card', 'aria-label': 'Paths' },
      chart(
        {
          label: `The ${flow.links.length} most frequent transitions between ${flow.nodes.length} kinds of touchpoint, from the start of a session to its end.`,
          height: () => pathsHeight(flow),
          minWidth: 760,
          option: (colours, width) => pathsOption(flow, colours, width),
          library: () => import('../charts/sankey.ts'),
        },
        lifetime,
      ),
      caption(flow, transitions),
    ),
    dataTable(report, {
      caption: 'Transitions',
      site: context.site.site,
      labels: { median_gap_ms: 'Median gap' },
      cell: (row, column) => {
        if (column.name === 'from') return nodeName(row.text('from'));
        if (column.name !== 'to') return undefined;
        const returns = back.has(`${row.text('from')}\n${row.text('to')}`);
        return h(
          'span',
          {},
          nodeName(row.text('to')),
          returns && h('span', { class: 'badge' }, row.text('from') === row.text('to') ? 'again' : 'back'),
        );
      },
    }),
    footing(report),
  ];
}

/** Says what is not drawn, so that nobody takes the picture for the whole. */
function caption(flow: Flow<PathLink>, all: readonly PathLink[]): HTMLElement {
  const everything = total(all);
  const parts = [`Drawn: ${percent(total(flow.links) / everything)} of ${count(everything)} transitions.`];
  const most = flow.returns[0];
  if (most !== undefined) {
    const example =
      most.from === most.to ? `${nodeName(most.from)} again` : `${nodeName(most.from)} back to ${nodeName(most.to)}`;
    parts.push(
      `A flow cannot run in circles, so ${percent(total(flow.returns) / everything)} that lead back are folded into the touchpoint they return to (most often ${example}, ${count(most.transitions)} times); the table marks them.`,
    );
  }
  if (flow.leftOut.length > 0)
    parts.push(`${count(flow.leftOut.length)} less frequent transitions are only in the table.`);
  return h('p', { class: 'caption' }, parts.join(' '));
}
