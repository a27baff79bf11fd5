/** What the server answers, checked once at the door so that the rest of the page can trust it. */

import type {
  Column,
  CommonParams,
  Param,
  ReportDescription,
  ReportName,
  ReportParams,
  ReportRows,
  ReportTable,
  SiteSummary,
  Texts,
} from '../generated/reports.ts';

export type { Column };

export type Cell = string | number | boolean | null;

/** The columns of a report: those of the contract where its name is known, else any. */
export type ColumnOf<Name extends string> = Name extends ReportName ? keyof ReportRows[Name] & string : string;

/** Those of them that hold numbers. */
export type NumberColumnOf<Name extends string> = Name extends ReportName ? NumberKey<ReportRows[Name]> : string;

type NumberKey<Cells> = { [Key in keyof Cells]: Cells[Key] extends number | null ? Key : never }[keyof Cells];

/** The parameters of a report besides those of every report, empty ones left out. */
export type ParamsOf<Name extends string> = Name extends ReportName
  ? {
      readonly [Key in Exclude<keyof ReportParams[Name], keyof CommonParams>]?: ReportParams[Name][Key] | '' | undefined;
    }
  : Texts;

/** An answer, with its cells as the page shows them. */
export interface Report<Name extends string = string> {
  readonly name: Name | '';
  readonly title: string;
  readonly events: number | undefined;
  readonly customers: number | undefined;
  /** How many rows there are in all, of a report that is read page by page. */
  readonly total?: ReportTable['total'] | undefined;
  /** The IANA name of the zone that days and times follow. */
  readonly timezone?: ReportTable['timezone'] | undefined;
  /** The currency of every amount in it; none where the server cannot say. */
  readonly currency: ReportTable['currency'] | undefined;
  /** Below so many cases, a share is no reason for alarm. */
  readonly cases_min: ReportTable['cases_min'];
  /** Parameters of `customers` that each link from its rows has. */
  readonly link_params?: ReportTable['link_params'] | undefined;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  readonly notes: readonly string[];
}

/** A parameter of a report, with what it may be where that is one of a few. */
export type Parameter = Required<Param>;

/** A report as the server's list describes it, as far as the page reads it. */
export interface Described extends Pick<ReportDescription, 'title' | 'doc'> {
  /** A server may have reports that this page does not know. */
  readonly name: string;
  readonly params: readonly Parameter[];
}

/** A site, with the time zone that holds for it. */
export interface Site extends Required<Omit<SiteSummary, 'first' | 'last'>> {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/** One row with its cells by column name, so that a view never depends on the order of columns. */
export class Row<Columns extends string = string, Numbers extends string = string> {
  constructor(
    /** The report that it is of. */
    readonly report: Report,
    private readonly index: ReadonlyMap<string, number>,
    private readonly cells: readonly Cell[],
  ) {}

  cell(column: Columns): Cell {
    return this.find(column);
  }

  /** The cell as a finite number, or `undefined` where the report does not know. */
  number(column: Numbers): number | undefined {
    const cell = this.find(column);
    return typeof cell === 'number' && Number.isFinite(cell) ? cell : undefined;
  }

  /** The cell as a number, 0 where the report does not know: for counts that are added up or drawn. */
  count(column: Numbers): number {
    return this.number(column) ?? 0;
  }

  text(column: Columns): string {
    const cell = this.find(column);
    return cell === null ? '' : String(cell);
  }

  private find(column: string): Cell {
    const at = this.index.get(column);
    return at === undefined ? null : (this.cells[at] ?? null);
  }
}

/** A row of a report of the contract: a column that it does not have is a type error. */
export type RowOf<Name extends string> = Row<ColumnOf<Name>, NumberColumnOf<Name>>;

export function rowsOf<Name extends string>(report: Report<Name>): RowOf<Name>[] {
  const index = new Map(report.columns.map((column, at) => [column.name, at]));
  return report.rows.map((cells) => new Row(report, index, cells));
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
      type: oneOf(COLUMN_TYPES, column['type']) ?? 'text',
      ...given('unit', oneOf(UNITS, column['unit'])),
      doc: optionalText(column['doc']) ?? '',
      ...given('link', oneOf(LINKS, column['link'])),
      main: column['main'] === true,
      ...given('param', optionalText(column['param'])),
      ...given('link_params', texts(column['link_params'])),
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
    cases_min: optionalNumber(object['cases_min']) ?? 0,
    link_params: texts(object['link_params']),
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
      people: optionalNumber(site['people']) ?? 0,
      automated: optionalNumber(site['automated']) ?? 0,
      dead: optionalNumber(site['dead']) ?? 0,
      first: optionalNumber(site['first']),
      last: optionalNumber(site['last']),
      timezone: optionalText(site['timezone']) ?? 'UTC',
      simulated: site['simulated'] === true,
      stage_labels: texts(site['stage_labels']) ?? {},
      segments: texts(site['segments']) ?? {},
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
    type: oneOf(PARAM_TYPES, param['type']) ?? 'text',
    choices: choices.filter((choice) => typeof choice === 'string'),
    default: optionalText(param['default']) ?? '',
    doc: optionalText(param['doc']) ?? '',
  };
}

const COLUMN_TYPES = ['text', 'number', 'boolean', 'json'] as const satisfies readonly Column['type'][];
const UNITS = ['count', 'ratio', 'ms', 'time', 'money', 'score'] as const satisfies readonly Column['unit'][];
const LINKS = ['customer', 'customers'] as const satisfies readonly Column['link'][];
const PARAM_TYPES = ['text', 'number', 'choice', 'list'] as const satisfies readonly Parameter['type'][];

/** The value where the page knows it; a newer server may have others. */
function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value);
}

/** A property that is there only with a value. */
function given<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: T };
}

/** The texts of an object by their names; none where it has none. */
function texts(value: unknown): Texts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return found.length === 0 ? undefined : Object.fromEntries(found);
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
