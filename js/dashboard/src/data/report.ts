/** What the server answers, checked once at the door so that the rest of the page can trust it. */

export type Cell = string | number | boolean | null;

/** A column as the report describes itself; `doc` is shown to the reader in plain words. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly doc: string;
  /** What its cells lead to: `customer` names one or a list of them, `customers` counts those that a list has. */
  readonly link?: string | undefined;
  /** Whether a chart shows it unless the reader chooses another one. */
  readonly main?: boolean;
}

export interface Report {
  readonly name: string;
  readonly title: string;
  readonly events: number | undefined;
  readonly customers: number | undefined;
  /** How many rows there are in all, of a report that is read page by page. */
  readonly total?: number | undefined;
  /** The IANA name of the zone that days and times follow. */
  readonly timezone?: string | undefined;
  /** The currency of every amount in it; none where the server cannot say. */
  readonly currency: string | undefined;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  readonly notes: readonly string[];
}

/** A parameter of a report, with the value that holds when it is left out. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  /** What it may be, where that is one of a few. */
  readonly choices: readonly string[];
  readonly default: string;
  readonly doc: string;
}

/** A report as the server's list describes it. */
export interface Described {
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly params: readonly Parameter[];
}

export interface Site {
  readonly site: string;
  readonly events: number;
  /** Events that could not be read. They are kept with the reason, and counted nowhere. */
  readonly dead: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The IANA name of its time zone; UTC unless the server's settings give it one. */
  readonly timezone: string;
}

/** One row with its cells by column name, so that a view never depends on the order of columns. */
export class Row {
  constructor(
    private readonly index: ReadonlyMap<string, number>,
    private readonly cells: readonly Cell[],
  ) {}

  cell(column: string): Cell {
    const at = this.index.get(column);
    return at === undefined ? null : (this.cells[at] ?? null);
  }

  /** The cell as a finite number, or `undefined` where the report does not know. */
  number(column: string): number | undefined {
    const cell = this.cell(column);
    return typeof cell === 'number' && Number.isFinite(cell) ? cell : undefined;
  }

  /** The cell as a number, 0 where the report does not know: for counts that are added up or drawn. */
  count(column: string): number {
    return this.number(column) ?? 0;
  }

  text(column: string): string {
    const cell = this.cell(column);
    return cell === null ? '' : String(cell);
  }
}

export function rowsOf(report: Report): Row[] {
  const index = new Map(report.columns.map((column, at) => [column.name, at]));
  return report.rows.map((cells) => new Row(index, cells));
}

export function columnOf(report: Report, name: string): Column | undefined {
  return report.columns.find((column) => column.name === name);
}

/** Reads a report from the server's JSON; throws with the reason where it is not one. */
export function parseReport(json: unknown): Report {
  const object = record(json, 'the report');
  const columns = list(object['columns'], 'columns').map((item, at): Column => {
    const column = record(item, `column ${at + 1}`);
    if (typeof column['name'] !== 'string') throw new Error(`column ${at + 1} has no name`);
    return {
      name: column['name'],
      type: optionalText(column['type']) ?? 'text',
      unit: optionalText(column['unit']),
      doc: optionalText(column['doc']) ?? '',
      link: optionalText(column['link']),
      main: column['main'] === true,
    };
  });
  const rows = list(object['rows'], 'rows').map((row, at) => list(row, `row ${at + 1}`).map(cell));
  return {
    name: optionalText(object['report']) ?? '',
    title: optionalText(object['title']) ?? '',
    events: optionalNumber(object['events']),
    customers: optionalNumber(object['customers']),
    total: optionalNumber(object['total']),
    timezone: optionalText(object['timezone']),
    currency: optionalText(object['currency']),
    columns,
    rows,
    notes: Array.isArray(object['notes']) ? object['notes'].filter((note) => typeof note === 'string') : [],
  };
}

export function parseSites(json: unknown): Site[] {
  return list(json, 'the list of sites').map((item, at) => {
    const site = record(item, `site ${at + 1}`);
    if (typeof site['site'] !== 'string') throw new Error(`site ${at + 1} has no name`);
    return {
      site: site['site'],
      events: optionalNumber(site['events']) ?? 0,
      dead: optionalNumber(site['dead']) ?? 0,
      first: optionalNumber(site['first']),
      last: optionalNumber(site['last']),
      timezone: optionalText(site['timezone']) ?? 'UTC',
    };
  });
}

/** The list of reports. */
export function parseReports(json: unknown): Described[] {
  return list(json, 'the list of reports').map((item) => {
    const report = record(item, 'a report in the list');
    const name = optionalText(report['name']);
    if (name === undefined) throw new Error('a report in the list has no name');
    return {
      name,
      title: optionalText(report['title']) ?? name,
      doc: optionalText(report['doc']) ?? '',
      params: list(report['params'], 'params').map(parseParameter),
    };
  });
}

function parseParameter(json: unknown): Parameter {
  const param = record(json, 'a parameter');
  const choices = Array.isArray(param['choices']) ? param['choices'] : [];
  return {
    name: optionalText(param['name']) ?? '',
    type: optionalText(param['type']) ?? 'text',
    choices: choices.filter((choice) => typeof choice === 'string'),
    default: optionalText(param['default']) ?? '',
    doc: optionalText(param['doc']) ?? '',
  };
}

function cell(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  // A nested value (items, props) is shown as the text it is.
  return JSON.stringify(value);
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} is not a list`);
  return value;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
