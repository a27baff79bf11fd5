/** Any report, drawn from the server's description of its parameters, its columns and their units. */

import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';

import { OVER_TIME_HEIGHT, hasPeriods, overTime, overTimeOption, type OverTime } from '../charts/periods.ts';
import { drawable, ranked, reportHeight, reportOption, type Ranking } from '../charts/report.ts';
import { fetchReport } from '../data/api.ts';
import { title } from '../data/format.ts';
import type { Column, Described, Parameter, Report, Row } from '../data/report.ts';
import { COMMON, withOption } from '../data/state.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { ChartCard } from '../ui/chart-card.tsx';
import { ChartChoice } from '../ui/chart-choice.tsx';
import type { ChartSpec } from '../ui/chart.tsx';
import { keyOf, type Context } from '../ui/context.ts';
import { DropDown, TextField } from '../ui/controls.tsx';
import { DataTable, Pager, type Pages } from '../ui/data-table.tsx';
import { linkCell } from '../ui/link-cell.tsx';
import { Panel } from '../ui/panel.tsx';
import { Footing, Heading, NothingHere } from '../ui/view.tsx';

/** Parameters that lead from page to page of a long list. */
export const PAGING = { limit: 'limit', offset: 'offset' } as const;

export function ReportSection({ context }: SectionProps): JSX.Element {
  const { state, site, scope, reports } = context;
  const name = state.view;
  const described = reports.find((report) => report.name === name);
  return (
    <div class="view">
      <Parameters name={name} described={described} context={context} />
      <Panel
        id={keyOf(context, name, ...[...state.options].flat())}
        load={(signal) => fetchReport(name, site.site, scope, Object.fromEntries(state.options), signal)}
      >
        {(report) => <Answer report={report} described={described} context={context} />}
      </Panel>
    </div>
  );
}

interface ParametersProps {
  readonly name: string;
  readonly described: Described | undefined;
  readonly context: Context;
}

/** The heading with a field for each parameter; further filters by a word are folded away until one is in force. */
export function Parameters({ name, described, context }: ParametersProps): JSX.Element {
  const { state } = context;
  const params = (described?.params ?? []).filter(
    (param) => !COMMON.includes(param.name) && param.name !== PAGING.limit && param.name !== PAGING.offset,
  );
  const words = params.filter(isWord);
  const more = words.slice(1);
  const inForce = more.some((param) => state.options.has(param.name));
  const [open, setOpen] = useState(inForce);
  useEffect(() => {
    if (inForce) setOpen(true);
  }, [inForce]);
  const field = (param: Parameter): JSX.Element => <Field key={param.name} param={param} context={context} />;
  return (
    <>
      <Heading title={described?.title ?? title(name)} lead={described?.doc ?? ''}>
        {params.filter((param) => !more.includes(param)).map(field)}
      </Heading>
      {more.length > 0 && (
        <details class="filters" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{text.report.moreFilters}</summary>
          <div class="controls">{more.map(field)}</div>
        </details>
      )}
    </>
  );
}

interface FieldProps {
  readonly param: Parameter;
  readonly context: Context;
}

/** A field that fits the parameter. Another value of it is another question, which is read from its first page. */
export function Field({ param, context: { state, go } }: FieldProps): JSX.Element {
  const common = {
    label: title(param.name),
    hint: param.doc,
    value: state.options.get(param.name) ?? param.default,
    choose: (value: string) =>
      go(withOption(withOption(state, PAGING.offset, ''), param.name, value === param.default ? '' : value)),
  };
  if (isWord(param)) return <TextField {...common} type="search" />;
  if (param.type === 'number') return <TextField {...common} type="number" />;
  return <DropDown {...common} choices={param.choices.map((value) => ({ value, label: title(value) }))} />;
}

/** Whether a parameter takes any word, as a filter does. */
function isWord(param: Parameter): boolean {
  return param.choices.length === 0 && param.type !== 'number';
}

interface AnswerProps {
  readonly report: Report;
  readonly described: Described | undefined;
  readonly context: Context;
}

function Answer({ report, described, context }: AnswerProps): JSX.Element {
  const caption = report.title || title(report.name);
  const pages = pagesOf(report, described, context);
  if (report.rows.length === 0) {
    return (
      <>
        <NothingHere context={context} things={caption.toLowerCase()} />
        {/* The page asked for may lie behind the last one. */}
        {pages !== undefined && <Pager {...pages} />}
        <Footing report={report} />
      </>
    );
  }
  return (
    <>
      {/* A page of a long list is in the reader's own order; its first rows are not the largest of anything. */}
      {hasPeriods(report) ? (
        <OverTimeCard report={report} caption={caption} context={context} />
      ) : (
        report.total === undefined && <Largest report={report} caption={caption} context={context} />
      )}
      <DataTable
        report={report}
        caption={caption}
        site={context.site.site}
        unitOf={unitOfRow}
        cell={(row, column) => linkCell(row, column, context)}
        pages={pages}
      />
      <Footing report={report} />
    </>
  );
}

interface CardProps {
  readonly report: Report;
  readonly caption: string;
  readonly context: Context;
}

/** The largest rows by a column that the reader can choose; nothing where no column can be compared. */
function Largest({ report, caption, context }: CardProps): JSX.Element | null {
  const [chosen, choose] = useState('');
  const rankings = useMemo(() => rankingsOf(report), [report]);
  const ranking = rankings.get(chosen) ?? [...rankings.values()][0];
  const spec = useMemo(() => ranking && specOf(ranking), [ranking]);
  if (ranking === undefined || spec === undefined) return null;
  const choice = <ChartChoice names={[...rankings.keys()]} chosen={chosen} choose={choose} />;
  return (
    <ChartCard
      title={text.report.largest}
      pictureTitle={text.report.pictureTitle(caption, ranking.title)}
      label={text.report.chart}
      name={report.name}
      spec={spec}
      context={context}
      controls={choice}
    />
  );
}

/** A figure of each period that the reader can choose. */
function OverTimeCard({ report, caption, context }: CardProps): JSX.Element | null {
  const [chosen, choose] = useState('');
  const figures = useMemo(() => overTime(report), [report]);
  const figure = figures.get(chosen) ?? [...figures.values()][0];
  const spec = useMemo(() => figure && linesOf(figure), [figure]);
  if (figure === undefined || spec === undefined) return null;
  return (
    <ChartCard
      title={figure.title}
      pictureTitle={text.report.pictureTitle(caption, figure.title)}
      label={text.report.chart}
      name={report.name}
      spec={spec}
      context={context}
      controls={<ChartChoice names={[...figures.keys()]} chosen={chosen} choose={choose} />}
    />
  );
}

function linesOf(figure: OverTime): ChartSpec {
  return {
    label: text.report.overTimeLabel(figure.title, figure.periods.length),
    height: () => OVER_TIME_HEIGHT,
    option: (colours) => overTimeOption(figure, colours),
    library: () => import('../charts/lines.ts'),
  };
}

/** The rankings by the columns that can be drawn, by column name, the one that is shown first in front. */
function rankingsOf(report: Report): ReadonlyMap<string, Ranking> {
  const rankings = new Map<string, Ranking>();
  for (const column of drawable(report)) {
    const ranking = ranked(report, column);
    if (ranking !== undefined) rankings.set(column.name, ranking);
  }
  return rankings;
}

function specOf(ranking: Ranking): ChartSpec {
  return {
    label: text.report.chartLabel(ranking.title, ranking.bars.length),
    height: (width) => reportHeight(ranking, width),
    option: (colours, width) => reportOption(ranking, colours, width),
    library: () => import('../charts/bars.ts'),
  };
}

/** A column without a unit of its own takes that of its row, where the rows have one; what a share or a mean is of was counted. */
export function unitOfRow(row: Row, column: Column): string | undefined {
  if (column.type !== 'number' || column.unit !== undefined) return undefined;
  const unit = row.text('unit') || undefined;
  return column.name === 'numerator' && (unit === 'ratio' || unit === 'score') ? 'count' : unit;
}

/** The ways to the pages before and after, of a report that is read page by page. */
export function pagesOf({ total }: Report, described: Described | undefined, { state, href }: Context): Pages | undefined {
  const usual = described?.params.find(({ name }) => name === PAGING.limit)?.default ?? '';
  const limit = Number(state.options.get(PAGING.limit) ?? usual);
  const offset = Number(state.options.get(PAGING.offset) ?? 0);
  if (total === undefined || !(limit > 0) || !(offset >= 0)) return undefined;
  if (offset === 0 && total <= limit) return undefined;
  const to = (next: number): string => href(withOption(state, PAGING.offset, next > 0 ? String(next) : ''));
  return {
    previous: offset > 0 ? to(offset - limit) : undefined,
    next: offset + limit < total ? to(offset + limit) : undefined,
  };
}
