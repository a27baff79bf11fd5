/** Core Web Vitals: how fast pages are for three of four visits, by page and device, in Google's bands. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { fetchReport } from '../data/api.ts';
import { inUnit, words as wordsOf } from '../data/format.ts';
import { rowsOf, type Column, type Report, type Row, type RowOf } from '../data/report.ts';
import { isFew } from '../data/sample.ts';
import { boardOf, type Board, type Line } from '../data/vitals.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { keyOf, type Context } from '../ui/context.ts';
import { DataTable } from '../ui/data-table.tsx';
import { FewVisits } from '../ui/few.tsx';
import { Panel } from '../ui/panel.tsx';
import { Sideways } from '../ui/sideways.tsx';
import { Footing, NothingHere } from '../ui/view.tsx';
import { Parameters, unitOfRow } from './report.tsx';

const words = text.vitals;

const REPORT = 'vitals';

export function Vitals({ context }: SectionProps): JSX.Element {
  const { state, site, scope, reports } = context;
  return (
    <div class="view">
      <Parameters name={REPORT} described={reports.find(({ name }) => name === REPORT)} context={context} />
      <Panel
        id={keyOf(context, ...[...state.options].flat())}
        load={async (signal) =>
          // The parameters of the address are the server's to check.
          (await fetchReport<string>(REPORT, site.site, scope, Object.fromEntries(state.options), signal)) as Report<typeof REPORT>
        }
      >
        {(report) => <Answer report={report} context={context} />}
      </Panel>
    </div>
  );
}

interface AnswerProps {
  readonly report: Report<typeof REPORT>;
  readonly context: Context;
}

function Answer({ report, context }: AnswerProps): JSX.Element {
  const board = useMemo(() => boardOf(rowsOf(report)), [report]);
  if (board.lines.length === 0) return <NothingHere context={context} things={words.nothing} />;
  return (
    <>
      <BoardCard board={board} />
      <DataTable
        report={report}
        caption={words.table}
        site={context.site.site}
        labels={words.columns}
        hidden={CSV_ONLY}
        phone={PHONE_COLUMNS}
        unitOf={unitOfRow}
        cell={ratingCell}
      />
      <Footing report={report} />
    </>
  );
}

/** The unit stands beside each value. */
const CSV_ONLY = ['unit'];

/** Three names tell the rows apart. */
const PHONE_COLUMNS = ['page', 'device', 'metric', 'rating'];

function ratingCell(row: Row, column: Column): JSX.Element | undefined {
  return column.name === 'rating' ? <Rating row={row} /> : undefined;
}

/** Every p75 on one sight. */
function BoardCard({ board: { metrics, lines } }: { readonly board: Board }): JSX.Element {
  const byDevice = lines.some(({ device }) => device !== '');
  return (
    <section class="card table-card" aria-label={words.board}>
      <header class="card-head">
        <h2>{words.board}</h2>
      </header>
      <Sideways name="table-scroll" label={text.table.scrollable(words.board)}>
        <table class="vitals">
          <thead>
            <tr>
              <th scope="col">
                <span>{words.page}</span>
              </th>
              {byDevice && (
                <th scope="col">
                  <span>{words.device}</span>
                </th>
              )}
              {metrics.map((metric) => (
                <th key={metric} scope="col">
                  <span title={words.meaning(metric)}>{metric}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <BoardLine key={`${line.page} ${line.device}`} line={line} metrics={metrics} byDevice={byDevice} />
            ))}
          </tbody>
        </table>
      </Sideways>
      <p class="caption">{words.caption}</p>
    </section>
  );
}

interface BoardLineProps {
  readonly line: Line;
  readonly metrics: Board['metrics'];
  readonly byDevice: boolean;
}

function BoardLine({ line: { page, device, measured }, metrics, byDevice }: BoardLineProps): JSX.Element {
  return (
    <tr>
      <th scope="row" class="long">
        {page === '' ? words.wholeSite : page}
      </th>
      {byDevice && <td>{wordsOf(device)}</td>}
      {metrics.map((metric) => {
        const row = measured.get(metric);
        const p75 = row?.number('p75');
        return (
          <td key={metric}>
            {row === undefined || p75 === undefined ? (
              words.notMeasured
            ) : (
              <>
                <span class="vital">{inUnit(p75, row.text('unit'))}</span>
                <Rating row={row} />
              </>
            )}
          </td>
        );
      })}
    </tr>
  );
}

/** Google's band in words and colour, or that there are too few loads to judge. */
function Rating({ row }: { readonly row: RowOf<typeof REPORT> }): JSX.Element {
  if (isFew(row.count('loads'), row)) return <FewVisits row={row} />;
  const rating = row.text('rating');
  return (
    <span class="badge rating" data-rating={rating}>
      {rating}
    </span>
  );
}
