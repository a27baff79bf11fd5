/** What follows what: the most frequent transitions between touchpoints. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { pathsHeight, pathsOption, type PathLink } from '../charts/paths.ts';
import { fetchReport } from '../data/api.ts';
import { foldCycles, total, type Flow } from '../data/flow.ts';
import { count, nodeName, percent } from '../data/format.ts';
import { rowsOf, type Column, type ParamsOf, type Report, type RowOf } from '../data/report.ts';
import { withOption } from '../data/state.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { ChartCard } from '../ui/chart-card.tsx';
import type { ChartSpec } from '../ui/chart.tsx';
import { keyOf, type Context } from '../ui/context.ts';
import { Segmented, type Choice } from '../ui/controls.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { linkCell } from '../ui/link-cell.tsx';
import { Panel } from '../ui/panel.tsx';
import { Footing, Heading, NothingHere } from '../ui/view.tsx';

const words = text.paths;

/** Transitions drawn unless the reader asks for others: about as many as can be told apart. */
const USUAL_LIMIT = 24;

/** Transitions that are drawn at most: beyond, a picture of this width is a single blur. */
const LIMIT_MAX = 200;

const LIMITS = [
  { value: '12', label: words.main },
  { value: String(USUAL_LIMIT), label: words.more },
  { value: '60', label: words.most },
];

/** Transitions asked for: more than a reader goes through, few enough for a page. */
const MOST_TRANSITIONS = 500;

/** The kinds of stop, and the parameters with which the server is asked for each. */
const NODES: readonly (Choice & { readonly params: ParamsOf<'paths'> })[] = [
  { value: '', label: words.touchpoints, params: {} },
  { value: 'clicks', label: words.withClicks, params: { clicks: 'yes' } },
  { value: 'page', label: words.pages, params: { nodes: 'page' } },
];

export function Paths({ context }: SectionProps): JSX.Element {
  const { state, site, scope, go } = context;
  const asked = Number(state.options.get('limit'));
  const limit = Number.isInteger(asked) && asked > 0 && asked <= LIMIT_MAX ? asked : USUAL_LIMIT;
  const nodes = NODES.find(({ value }) => value === state.options.get('nodes')) ?? NODES[0];
  const params = { ...nodes?.params, top: MOST_TRANSITIONS };
  return (
    <div class="view">
      <Heading title={words.title} lead={words.lead}>
        <Segmented
          label={words.stops}
          choices={NODES}
          value={nodes?.value ?? ''}
          choose={(value) => go(withOption(state, 'nodes', value))}
        />
        <Segmented
          label={words.limit}
          choices={LIMITS}
          value={String(limit)}
          choose={(value) => go(withOption(state, 'limit', value === String(USUAL_LIMIT) ? '' : value))}
        />
      </Heading>
      <Panel
        id={keyOf(context, nodes?.value ?? '')}
        load={(signal) => fetchReport('paths', site.site, scope, params, signal)}
      >
        {(report) => <Transitions report={report} limit={limit} context={context} />}
      </Panel>
    </div>
  );
}

interface TransitionsProps {
  readonly report: Report<'paths'>;
  readonly limit: number;
  readonly context: Context;
}

function Transitions({ report, limit, context }: TransitionsProps): JSX.Element {
  const transitions = useMemo(() => rowsOf(report).map(linkOf), [report]);
  const flow = useMemo(() => foldCycles(transitions, limit), [transitions, limit]);
  const spec = useMemo(() => specOf(flow), [flow]);
  if (total(transitions) === 0) return <NothingHere context={context} things={words.nothing} />;
  return (
    <>
      <ChartCard title={words.picture} name="paths" spec={spec} context={context}>
        <p class="caption">{captionOf(flow, transitions)}</p>
      </ChartCard>
      <DataTable
        report={report}
        caption={words.table}
        site={context.site.site}
        labels={{ median_gap_ms: words.medianGap }}
        cell={(row, column) => nodeCell(row, column, flow) ?? linkCell(row, column, context)}
      />
      <Footing report={report} />
    </>
  );
}

/** The ends of a transition by their names, with a mark on those that lead back. */
function nodeCell(row: RowOf<'paths'>, column: Column, { returns }: Flow<PathLink>): JSX.Element | string | undefined {
  const [from, to] = [row.text('from'), row.text('to')];
  if (column.name === 'from') return nodeName(from);
  if (column.name !== 'to') return undefined;
  return (
    <span>
      {nodeName(to)}
      {returns.some((back) => back.from === from && back.to === to) && (
        <span class="badge">{from === to ? words.again : words.back}</span>
      )}
    </span>
  );
}

function linkOf(row: RowOf<'paths'>): PathLink {
  return {
    from: row.text('from'),
    to: row.text('to'),
    transitions: row.count('transitions'),
    sessions: row.number('sessions'),
    share: row.number('share'),
    medianGapMs: row.number('median_gap_ms'),
  };
}

/** Narrower than this, the names of the stops run into each other, in CSS pixels. */
const MIN_WIDTH = 760;

function specOf(flow: Flow<PathLink>): ChartSpec {
  return {
    label: words.pictureLabel(flow.links.length, flow.nodes.length),
    height: () => pathsHeight(flow),
    minWidth: MIN_WIDTH,
    option: (colours, width) => pathsOption(flow, colours, width),
    library: () => import('../charts/sankey.ts'),
  };
}

/** Says which transitions are not drawn, so that nobody takes the picture for the whole. */
function captionOf(flow: Flow<PathLink>, all: readonly PathLink[]): string {
  const everything = total(all);
  const parts = [words.drawn(percent(total(flow.links) / everything), count(everything))];
  const most = flow.returns[0];
  if (most !== undefined) {
    const [from, to] = [nodeName(most.from), nodeName(most.to)];
    const example = most.from === most.to ? words.exampleAgain(from) : words.exampleBack(from, to);
    parts.push(words.folded(percent(total(flow.returns) / everything), example, count(most.transitions)));
  }
  if (flow.leftOut.length > 0) parts.push(words.leftOut(count(flow.leftOut.length)));
  return parts.join(' ');
}
