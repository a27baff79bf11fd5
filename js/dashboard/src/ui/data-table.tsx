/** A report's table: sortable, with the meaning of its columns, its pages, and its CSV. */

import {
  columnVisibilityFeature,
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/preact-table';
import type { ComponentChild, JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { fileName, toCsv } from '../data/csv.ts';
import { cellText, title } from '../data/format.ts';
import { rowsOf, type Column, type Report, type Row } from '../data/report.ts';
import { compare } from '../data/sort.ts';
import { text } from '../text/index.ts';
import { Icon } from './icons.tsx';
import { save } from './save.ts';
import { Sideways } from './sideways.tsx';
import { PHONE, useMedia } from './use-media.ts';

export interface DataTableProps {
  readonly report: Report;
  /** The heading and accessible name of the table. */
  readonly caption: string;
  readonly site: string;
  /** Columns with their own heading; others are titled from their name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The unit of a row's cell, where rows differ from their column. */
  readonly unitOf?: (row: Row, column: Column) => string | undefined;
  /** Columns that only the CSV has. */
  readonly hidden?: readonly string[];
  /** Columns that a phone shows at first, if the usual ones do not tell the rows apart. */
  readonly phone?: readonly string[];
  /** A cell in another form than text, such as a link or a mark; `undefined` leaves it text. */
  readonly cell?: (row: Row, column: Column) => ComponentChild;
  /** The ways to the pages of a report that is read page by page. */
  readonly pages?: Pages | undefined;
  /** The order of a report that the server sorts, across its pages. */
  readonly order?: Order | undefined;
  /** Where a click on a row leads; a link in the row says the same to a keyboard. */
  readonly rowHref?: (row: Row) => string | undefined;
}

/** An order with the largest first. */
export interface Order {
  readonly column: string;
  /** The columns that the server can sort by. */
  readonly columns: readonly string[];
  readonly choose: (column: string) => void;
}

export interface Pages {
  readonly previous: string | undefined;
  readonly next: string | undefined;
}

/** Rows shown before the reader asks for all: enough to see the pattern, few enough to stay quick on a phone. */
const FIRST_ROWS = 25;

/** So few more rows are shown at once: a button for them would take as much room. */
const ROWS_SLACK = 5;

/** Columns that a phone shows at first: more would need scrolling sideways to read a single row. */
const PHONE_COLUMNS = 3;

export function DataTable(props: DataTableProps): JSX.Element {
  const { report, caption, site, pages } = props;
  const columns = useMemo(() => shownColumns(report, props.hidden), [report, props.hidden]);
  const rows = useMemo(() => rowsOf(report), [report]);
  const [all, setAll] = useState(false);
  const [everyColumn, setEveryColumn] = useState(false);
  const fewColumns = useMedia(PHONE) && columns.length > PHONE_COLUMNS + 1;
  const few = fewColumns && !everyColumn;
  const table = useSortedTable(rows, columns, few ? forPhone(columns, props.phone) : columns);
  const ordered = table.getRowModel().rows;
  // A page of a longer list is short enough as it is.
  const whole = all || props.order !== undefined || rows.length <= FIRST_ROWS + ROWS_SLACK;
  const byName = new Map(columns.map((column) => [column.name, column]));
  return (
    <section class="card table-card" aria-label={caption}>
      <header class="card-head">
        <h2>{caption}</h2>
        <button
          type="button"
          class="button button-quiet"
          title={text.table.csvHint}
          onClick={() => saveCsv(report, fileName('csv', site, report.name || caption))}
        >
          <Icon name="download" />
          {text.table.csv}
        </button>
      </header>
      <Sideways name="table-scroll" label={text.table.scrollable(caption)}>
        <table class={few ? 'few' : undefined}>
          <thead>
            <tr>
              {table.getVisibleLeafColumns().map((shown) => {
                const column = byName.get(shown.id);
                return (
                  column && (
                    <Header
                      key={shown.id}
                      column={column}
                      table={props}
                      direction={shown.getIsSorted()}
                      toggle={() => shown.toggleSorting()}
                    />
                  )
                );
              })}
            </tr>
          </thead>
          <tbody>
            {(whole ? ordered : ordered.slice(0, FIRST_ROWS)).map((row) => (
              <tr key={row.id} {...leading(props.rowHref?.(row.original))}>
                {row.getVisibleCells().map(({ column: { id } }, at) => {
                  const column = byName.get(id);
                  return column && <Cell key={id} row={row.original} column={column} heads={at === 0} table={props} />;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Sideways>
      {!whole && (
        <button type="button" class="button button-quiet" onClick={() => setAll(true)}>
          {text.table.showAll(rows.length)}
        </button>
      )}
      {fewColumns && (
        <button type="button" class="button button-quiet" onClick={() => setEveryColumn(!everyColumn)}>
          {everyColumn ? text.table.showFewerColumns : text.table.showAllColumns(columns.length)}
        </button>
      )}
      {pages !== undefined && <Pager {...pages} />}
      <Meanings columns={columns} table={props} />
    </section>
  );
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  columnVisibilityFeature,
});
const helper = createColumnHelper<typeof features, Row>();

/** The rows in the reader's order, with the `visible` ones of the columns. */
function useSortedTable(rows: readonly Row[], columns: readonly Column[], visible: readonly Column[]) {
  const defined = useMemo(
    () =>
      helper.columns(
        columns.map((column) =>
          helper.accessor((row) => valueOf(row, column), {
            id: column.name,
            sortFn: (a, b) => compare(a.getValue(column.name) as string, b.getValue(column.name) as string),
            // Numbers first show their largest; rows without a value come last either way.
            sortDescFirst: isNumeric(column),
            sortUndefined: 'last',
          }),
        ),
      ),
    [columns],
  );
  const columnVisibility = useMemo(
    () => Object.fromEntries(columns.map((column) => [column.name, visible.includes(column)])),
    [columns, visible],
  );
  return useTable({
    features,
    columns: defined,
    data: rows,
    state: { columnVisibility },
    enableSortingRemoval: false,
    enableMultiSort: false,
  });
}

function valueOf(row: Row, column: Column): string | number | boolean | undefined {
  const cell = row.cell(column.name);
  return cell === null || cell === '' ? undefined : cell;
}

/** The columns of the table: all but those that only the CSV has, and ends of intervals, which stand under their value. */
function shownColumns({ columns }: Report, hidden: readonly string[] = []): readonly Column[] {
  const isEnd = (name: string): boolean =>
    ENDS.some((end) => name.endsWith(end) && columns.some((column) => column.name + end === name));
  return columns.filter(({ name }) => !hidden.includes(name) && !isEnd(name));
}

/**
 * The columns that say most in little room: the first, which names the row, one more name, and numbers, of which the one
 * that a chart shows first comes before all others.
 */
function forPhone(columns: readonly Column[], named?: readonly string[]): readonly Column[] {
  if (named !== undefined) return columns.filter(({ name }) => named.includes(name));
  const [first, ...others] = columns;
  const names = others.filter((column) => !isNumeric(column));
  const numbers = others.filter(isNumeric).sort((a, b) => Number(b.main ?? false) - Number(a.main ?? false));
  const ranked = [...names.slice(0, 1), ...numbers, ...names.slice(1)];
  const chosen = new Set([first, ...ranked.slice(0, PHONE_COLUMNS - 1)]);
  return columns.filter((column) => chosen.has(column));
}

interface HeaderProps {
  readonly column: Column;
  readonly table: DataTableProps;
  /** How the rows on this page are sorted by it. */
  readonly direction: false | 'asc' | 'desc';
  readonly toggle: () => void;
}

function Header({ column, table, direction, toggle }: HeaderProps): JSX.Element {
  const { order } = table;
  const sorted = order === undefined ? direction : order.column === column.name && 'desc';
  const label = labelOf(column, table);
  const hint = column.doc || undefined;
  return (
    <th
      scope="col"
      class={isNumeric(column) ? 'numeric' : undefined}
      aria-sort={sorted === false ? undefined : sorted === 'asc' ? 'ascending' : 'descending'}
    >
      {order === undefined || order.columns.includes(column.name) ? (
        <button type="button" title={hint} onClick={() => (order === undefined ? toggle() : order.choose(column.name))}>
          {label}
          <span class="sort-mark" aria-hidden="true" />
        </button>
      ) : (
        <span title={hint}>{label}</span>
      )}
    </th>
  );
}

/** The attributes of a row that leads somewhere. A click on a link or a button in it, or that selects text, is theirs. */
function leading(href: string | undefined): Pick<JSX.HTMLAttributes<HTMLTableRowElement>, 'class' | 'onClick'> {
  if (href === undefined) return {};
  return {
    class: 'leads',
    onClick: (event) => {
      const onControl = (event.target as Element).closest('a, button') !== null;
      if (!onControl && getSelection()?.isCollapsed !== false) location.assign(href);
    },
  };
}

interface CellProps {
  readonly row: Row;
  readonly column: Column;
  /** Whether it is the first cell, which names the row. */
  readonly heads: boolean;
  readonly table: DataTableProps;
}

/** The endings of the columns that hold the 95% interval of another one. */
const ENDS = ['_low', '_high'] as const;

/** Ends of intervals and differences, by the last word of their column: a bar under them would say nothing. */
const WITHOUT_BAR = /(^|_)(low|high|difference)$/;

/** Text longer than this wraps; shorter text keeps its line, and a narrow screen scrolls. */
const LONG_TEXT = 32;

function Cell({ row, column, heads, table: { report, unitOf, cell } }: CellProps): JSX.Element {
  const unit = unitOf?.(row, column) ?? column.unit;
  const textOf = (name: string): string => cellText(row.cell(name), column, unit, report.currency, report.timezone);
  const content = cell?.(row, column) ?? textOf(column.name);
  const kind = isNumeric(column) ? 'numeric' : row.text(column.name).length > LONG_TEXT ? 'long' : undefined;
  if (heads) {
    return (
      <th scope="row" class={kind}>
        {content}
      </th>
    );
  }
  const [low, high] = ENDS.map((end) => column.name + end).filter((name) => row.number(name) !== undefined);
  const share = column.unit === 'ratio' && !WITHOUT_BAR.test(column.name) ? row.number(column.name) : undefined;
  return (
    <td
      class={[kind, share !== undefined && 'share'].filter(Boolean).join(' ') || undefined}
      style={share === undefined ? undefined : { '--share': Math.max(0, Math.min(1, share)) }}
    >
      {content}
      {low !== undefined && high !== undefined && (
        <span class="interval" title={text.table.interval}>
          {text.table.intervalEnds(textOf(low), textOf(high))}
        </span>
      )}
    </td>
  );
}

/** The ways to the pages before and after. */
export function Pager({ previous, next }: Pages): JSX.Element {
  return (
    <nav class="pager" aria-label={text.table.pages}>
      {previous !== undefined && (
        <a class="button" href={previous}>
          {text.table.previous}
        </a>
      )}
      {next !== undefined && (
        <a class="button" href={next}>
          {text.table.next}
        </a>
      )}
    </nav>
  );
}

interface MeaningsProps {
  readonly columns: readonly Column[];
  readonly table: DataTableProps;
}

function Meanings({ columns, table }: MeaningsProps): JSX.Element | null {
  const documented = columns.filter((column) => column.doc !== '');
  if (documented.length === 0) return null;
  return (
    <details class="meanings">
      <summary>{text.table.meanings}</summary>
      <dl>
        {documented.map((column) => (
          <>
            <dt>{labelOf(column, table)}</dt>
            <dd>{column.doc}</dd>
          </>
        ))}
      </dl>
    </details>
  );
}

/** Offers the table as a file, in the report's own order and with every row. */
function saveCsv(report: Report, name: string): void {
  // The byte order mark tells spreadsheets that the file is UTF-8.
  save(new Blob(['\ufeff', toCsv(report)], { type: 'text/csv;charset=utf-8' }), name);
}

function labelOf(column: Column, { labels }: DataTableProps): string {
  return labels?.[column.name] ?? title(column.name);
}

function isNumeric(column: Column): boolean {
  if (column.unit === 'time') return false;
  return column.type === 'number';
}
