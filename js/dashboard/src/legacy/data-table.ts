/** A report's table: sortable, with the meaning of its columns and its CSV. */

import { fileName, toCsv } from '../data/csv.ts';
import { cellText, title } from '../data/format.ts';
import { rowsOf, type Column, type Report, type Row } from '../data/report.ts';
import { nextDirection, sortRows, type Direction } from '../data/sort.ts';
import { h, vars, type Child } from './dom.ts';
import { icon } from './icons.ts';

export interface TableOptions {
  /** What the table lists, as its heading and accessible name. */
  readonly caption: string;
  readonly site: string;
  /** Columns with their own heading; others are titled from their name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The unit of a row's cell, where rows differ from their column. */
  readonly unitOf?: (row: Row, column: Column) => string | undefined;
  /** Columns that only the CSV has. */
  readonly hidden?: readonly string[];
  /** A cell in another form than text, such as a link or a mark. */
  readonly cell?: (row: Row, column: Column) => Child;
}

/** Rows shown before the reader asks for all: enough to see the pattern, few enough to stay quick on a phone. */
const FIRST_ROWS = 25;

/** Ends of intervals and differences, by the last word of their column: a bar under them would say nothing. */
const WITHOUT_BAR = /(^|_)(low|high|difference)$/;

/** What the columns with the ends of another one's 95% interval add to its name. */
const ENDS = ['_low', '_high'] as const;

/** Whether a column is an end of the interval of another one, in whose cells it stands; the CSV has it as a column. */
function isEndOfShown(name: string, columns: readonly Column[]): boolean {
  return ENDS.some((end) => name.endsWith(end) && columns.some((column) => column.name + end === name));
}

/** Text longer than this wraps; shorter text keeps its line, and a narrow screen scrolls. */
const LONG_TEXT = 32;

export function dataTable(report: Report, options: TableOptions): HTMLElement {
  const rows = rowsOf(report);
  const columns = report.columns.filter(
    ({ name }) => options.hidden?.includes(name) !== true && !isEndOfShown(name, report.columns),
  );
  let sorted: { column: Column; direction: Direction } | undefined;
  let all = rows.length <= FIRST_ROWS + 5;

  const body = h('tbody');
  const more = h(
    'button',
    { type: 'button', class: 'button button-quiet', click: showAll },
    `Show all ${rows.length} rows`,
  );
  const headers = columns.map((column) => header(column, () => sortBy(column)));

  function draw(): void {
    const ordered = sorted === undefined ? rows : sortRows(rows, cellOf(sorted.column), sorted.direction);
    const shown = all ? ordered : ordered.slice(0, FIRST_ROWS);
    body.replaceChildren(...shown.map((row) => tableRow(row, columns, report, options)));
    more.hidden = all;
    headers.forEach((cell, at) => {
      const current = sorted !== undefined && columns[at] === sorted.column ? sorted.direction : undefined;
      if (current === undefined) cell.removeAttribute('aria-sort');
      else cell.setAttribute('aria-sort', current);
    });
  }

  function sortBy(column: Column): void {
    const current = sorted?.column === column ? sorted.direction : undefined;
    sorted = { column, direction: nextDirection(current, isNumeric(column)) };
    draw();
  }

  function showAll(): void {
    all = true;
    draw();
  }

  function header(column: Column, sort: () => void): HTMLElement {
    const label = options.labels?.[column.name] ?? title(column.name);
    const button = h(
      'button',
      { type: 'button', click: sort, title: column.doc || undefined },
      label,
      h('span', { class: 'sort-mark', 'aria-hidden': 'true' }),
    );
    return h('th', { scope: 'col', class: isNumeric(column) ? 'numeric' : undefined }, button);
  }

  draw();
  return h(
    'section',
    { class: 'card table-card', 'aria-label': options.caption },
    h(
      'header',
      { class: 'card-head' },
      h('h2', {}, options.caption),
      h(
        'button',
        { type: 'button', class: 'button button-quiet', click: () => download(report, options) },
        icon('download'),
        'CSV',
      ),
    ),
    h(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': `${options.caption}, scrollable` },
      h('table', {}, h('thead', {}, h('tr', {}, ...headers)), body),
    ),
    more,
    meanings(columns, options),
  );
}

/** Offers the table as a file, in the report's own order and with every row. */
function download(report: Report, options: TableOptions): void {
  // The byte order mark tells spreadsheets that the file is UTF-8.
  const blob = new Blob(['\ufeff', toCsv(report)], { type: 'text/csv;charset=utf-8' });
  const url = URL.createObjectURL(blob);
  const link = h('a', { href: url, download: fileName('csv', options.site, report.name || options.caption) });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(url);
}

function tableRow(
  row: Row,
  columns: readonly Column[],
  { currency, timezone }: Report,
  options: TableOptions,
): HTMLElement {
  const cells = columns.map((column, at) => {
    const unit = options.unitOf?.(row, column) ?? column.unit;
    const text = (name: string): string => cellText(row.cell(name), column, unit, currency, timezone);
    const content = options.cell?.(row, column) ?? text(column.name);
    const ends = ENDS.map((end) => column.name + end).filter((name) => row.number(name) !== undefined);
    const interval =
      ends.length === ENDS.length && h('span', { class: 'interval', title: '95% interval' }, ends.map(text).join(' to '));
    const kind = isNumeric(column) ? 'numeric' : row.text(column.name).length > LONG_TEXT ? 'long' : undefined;
    if (at === 0) return h('th', { scope: 'row', class: kind }, content);
    const cell = h('td', { class: kind }, content, interval);
    const share = column.unit === 'ratio' && !WITHOUT_BAR.test(column.name) ? row.number(column.name) : undefined;
    if (share !== undefined) {
      cell.classList.add('share');
      vars(cell, { '--share': Math.max(0, Math.min(1, share)) });
    }
    return cell;
  });
  return h('tr', {}, ...cells);
}

function meanings(columns: readonly Column[], options: TableOptions): HTMLElement | undefined {
  const documented = columns.filter((column) => column.doc !== '');
  if (documented.length === 0) return undefined;
  const list = documented.flatMap((column) => [
    h('dt', {}, options.labels?.[column.name] ?? title(column.name)),
    h('dd', {}, column.doc),
  ]);
  return h('details', { class: 'meanings' }, h('summary', {}, 'What the columns mean'), h('dl', {}, ...list));
}

function cellOf(column: Column): (row: Row) => ReturnType<Row['cell']> {
  return (row) => row.cell(column.name);
}

function isNumeric(column: Column): boolean {
  if (column.unit === 'time') return false;
  return column.unit !== undefined || ['int', 'float', 'number', 'money', 'ratio'].includes(column.type);
}
