/** What a number counts: things, a share of 0 to 1, milliseconds, milliseconds since 1970, major units of a currency, points. */
export type Unit = 'count' | 'ratio' | 'ms' | 'time' | 'money' | 'score';

/** What the cells of a column are. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'json';

/** Where the cells of a column lead: to the customers that they name, or to a list of as many as they count. */
export type Link = 'customer' | 'customers';

/** Any value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Parameters by their names. */
export type Texts = Readonly<Record<string, string>>;

/** What a program has to know of a column. */
export interface ColumnFacts {
  readonly type: ColumnType;
  /** None for text, and where each row has a unit of its own. */
  readonly unit?: Unit;
  readonly link?: Link;
  /** Whether a chart of the table shows it unless a reader chooses another one. */
  readonly main?: boolean;
}

/** A column as an answer describes it. */
export interface Column extends ColumnFacts {
  readonly name: string;
  /** What it means, in plain words. */
  readonly doc: string;
  /** The parameter of `customers` that its cells are in a link from their row, if it differs from the column's name. */
  readonly param?: string;
  /** Further parameters of a link from its cells. */
  readonly link_params?: Texts;
}

/** The answer of `GET /api/reports/{name}`. */
export interface ReportTable<Name extends ReportName = ReportName> {
  readonly report: Name;
  readonly title: string;
  readonly site: string;
  /** Milliseconds since 1970; none where the range is open. */
  readonly from: number | null;
  readonly to: number | null;
  /** The zone that days and printed times follow, by its name in the IANA database. */
  readonly timezone: string;
  readonly events: number;
  readonly customers: number;
  /** Below so many cases, a share is no reason for alarm. */
  readonly cases_min: number;
  /** How many rows there are in all, of a report that is read page by page. */
  readonly total?: number;
  /** The currency of all its amounts (ISO 4217), where they have one. */
  readonly currency?: string;
  /** Parameters of `customers` that each link from its rows has. */
  readonly link_params?: Texts;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Json[])[];
  readonly notes: readonly string[];
}

/** A parameter as `GET /api/reports` describes it. */
export interface Param {
  readonly name: string;
  readonly type: 'text' | 'number' | 'choice' | 'list';
  readonly choices?: readonly string[];
  /** What holds where it is left out; empty for nothing. */
  readonly default: string;
  readonly doc: string;
}

/** A report in the answer of `GET /api/reports`. */
export interface ReportDescription {
  readonly name: ReportName;
  readonly title: string;
  /** The question that it answers. */
  readonly doc: string;
  readonly params: readonly Param[];
  readonly columns: readonly Column[];
}

/** A site in the answer of `GET /api/sites`. */
export interface SiteSummary {
  readonly site: string;
  /** Those of people and those of automated browsers together. */
  readonly events: number;
  readonly people: number;
  readonly automated: number;
  /** Events that could not be stored as such. They are kept with the reason, and counted nowhere else. */
  readonly dead: number;
  /** Milliseconds since 1970; none before the first event. */
  readonly first: number | null;
  readonly last: number | null;
  /** Its zone in `wayside.toml`, where it has one; else UTC holds. */
  readonly timezone?: string;
  /** Whether it has touchpoints that `wayside simulate` made. */
  readonly simulated?: boolean;
  /** The site's own names of stages in `wayside.toml`, by the model's. */
  readonly stage_labels?: Readonly<Record<string, string>>;
  /** The rules of the site's segments in `wayside.toml`, by name. */
  readonly segments?: Readonly<Record<string, string>>;
}

/** A pass over a site's data that answers reports. */
export interface Pass {
  readonly site: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly timezone: string;
  readonly traffic: 'people' | 'automated' | 'all';
  readonly reports: readonly ReportName[];
  readonly state: 'waiting' | 'running';
  readonly buckets_done: number;
  /** 0 until the pass has begun to read. */
  readonly buckets: number;
  /** Since the first of its reports was asked for. */
  readonly seconds: number;
}

/** The answer of `GET /api/progress`: the passes that run or wait. */
export interface Progress {
  readonly passes: readonly Pass[];
}
