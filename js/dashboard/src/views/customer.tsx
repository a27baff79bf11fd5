/** The journey of one customer: every touchpoint in order, visit by visit. */

import { useSignal } from '@preact/signals';
import type { JSX, TargetedEvent } from 'preact';
import { useMemo } from 'preact/hooks';

import { fetchReport } from '../data/api.ts';
import { clockIn, day, duration, title, words as wordsOf } from '../data/format.ts';
import { factsOf, type Fact } from '../data/profile.ts';
import { rowsOf, type Column, type Report, type RowOf } from '../data/report.ts';
import { stageName } from '../data/stages.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { keyOf, type Context } from '../ui/context.ts';
import { DataTable } from '../ui/data-table.tsx';
import { FieldList } from '../ui/fields.tsx';
import { VisitorText } from '../ui/link.tsx';
import { Marked } from '../ui/marked.tsx';
import { Panel } from '../ui/panel.tsx';
import { Footing, Heading } from '../ui/view.tsx';

const words = text.customer;

/** The identities that a reader can ask for, by the server's parameter. */
const IDENTITIES = [
  { value: 'visitor', label: words.visitor },
  { value: 'customer', label: words.customer },
] as const;

type Identity = (typeof IDENTITIES)[number]['value'];

interface Asked {
  readonly identity: Identity;
  readonly id: string;
}

export function Customer({ context }: SectionProps): JSX.Element {
  const { state, site, scope } = context;
  const asked = askedFor(context);
  return (
    <div class="view">
      <Heading title={words.title} lead={words.lead}>
        <LookUp
          key={`${asked?.identity} ${asked?.id}`}
          asked={asked}
          look={({ identity, id }) => context.go({ ...state, options: new Map([[identity, id]]) })}
        />
      </Heading>
      {asked === undefined ? (
        <Unasked context={context} />
      ) : (
        <>
          <Profile asked={asked} context={context} />
          <Panel
            id={keyOf(context, asked.identity, asked.id)}
            load={(signal) => fetchReport('timeline', site.site, scope, { [asked.identity]: asked.id }, signal)}
          >
            {(report) => <Journey report={report} site={site.site} />}
          </Panel>
        </>
      )}
    </div>
  );
}

function askedFor({ state }: Context): Asked | undefined {
  for (const { value: identity } of IDENTITIES) {
    const id = state.options.get(identity);
    if (id !== undefined) return { identity, id };
  }
  return undefined;
}

interface LookUpProps {
  readonly asked: Asked | undefined;
  readonly look: (wanted: Asked) => void;
}

function LookUp({ asked, look }: LookUpProps): JSX.Element {
  const identity = useSignal<Identity>(asked?.identity ?? 'visitor');
  const id = useSignal(asked?.id ?? '');
  const submit = (event: TargetedEvent<HTMLFormElement, SubmitEvent>): void => {
    event.preventDefault();
    const wanted = id.value.trim();
    if (wanted !== '') look({ identity: identity.value, id: wanted });
  };
  return (
    <form class="look-up" role="search" onSubmit={submit}>
      <select
        aria-label={words.identityOf}
        value={identity.value}
        onChange={(event) => (identity.value = event.currentTarget.value as Identity)}
      >
        {IDENTITIES.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <input
        type="search"
        placeholder={words.identity}
        aria-label={words.identity}
        value={id.value}
        onInput={(event) => (id.value = event.currentTarget.value)}
      />
      <button type="submit" class="button">
        {words.show}
      </button>
    </form>
  );
}

function Unasked({ context: { state, href } }: SectionProps): JSX.Element {
  return (
    <div class="message">
      <h2>{words.unasked}</h2>
      <p>
        {words.chooseIn}
        <a href={href({ ...state, view: 'live', options: new Map() })}>{text.sections.live}</a>
        <Marked>{words.orEnter}</Marked>
      </p>
    </div>
  );
}

/** The report of a customer's facts, where the server has it. */
const PROFILE: string = 'profile';

interface ProfileProps {
  readonly asked: Asked;
  readonly context: Context;
}

/** The customer in short. */
function Profile({ asked, context }: ProfileProps): JSX.Element | null {
  const { site, scope, reports } = context;
  if (!reports.some(({ name }) => name === PROFILE)) return null;
  return (
    <Panel
      id={keyOf(context, PROFILE, asked.identity, asked.id)}
      load={(signal) => fetchReport(PROFILE, site.site, scope, { [asked.identity]: asked.id }, signal)}
    >
      {(report) => <Facts facts={factsOf(report)} />}
    </Panel>
  );
}

/** Nothing where nothing is known of the customer: the journey then says so. */
function Facts({ facts }: { readonly facts: readonly Fact[] }): JSX.Element | null {
  if (facts.length === 0) return null;
  return (
    <section class="card" aria-label={words.profile}>
      <header class="card-head">
        <h2>{words.profile}</h2>
      </header>
      <dl class="profile">
        {facts.map(({ name, doc, values }) => (
          <div key={name} title={doc || undefined}>
            <dt>{title(name)}</dt>
            {values.map((value) => (
              <dd key={value}>{value}</dd>
            ))}
          </div>
        ))}
      </dl>
    </section>
  );
}

interface JourneyProps {
  readonly report: Report<'timeline'>;
  readonly site: string;
}

function Journey({ report, site }: JourneyProps): JSX.Element {
  const visits = useMemo(() => visitsOf(rowsOf(report)), [report]);
  if (visits.length === 0) {
    return (
      <div class="message">
        <h2>{words.nothing}</h2>
        <p>{words.nothingAdvice}</p>
      </div>
    );
  }
  return (
    <>
      <div class="visits">
        {visits.map((rows, at) => (
          <Visit key={at} rows={rows} zone={report.timezone} />
        ))}
      </div>
      <DataTable report={report} caption={words.table} site={site} hidden={CSV_ONLY} cell={detailCell} />
      <Footing report={report} />
    </>
  );
}

/** The fields stand in the visits above; as JSON in a cell nobody reads them. */
const CSV_ONLY = ['fields'];

function detailCell(row: RowOf<'timeline'>, column: Column): JSX.Element | undefined {
  if (column.name !== 'detail' || row.text('detail') === '') return undefined;
  return <VisitorText>{row.text('detail')}</VisitorText>;
}

interface VisitProps {
  readonly rows: readonly RowOf<'timeline'>[];
  readonly zone: string | undefined;
}

function Visit({ rows, zone }: VisitProps): JSX.Element {
  const [first, last] = [rows[0], rows.at(-1)];
  const start = first?.number('time');
  const facts =
    start === undefined
      ? [first?.text('channel') ?? '']
      : [day(start, zone), first?.text('channel') ?? '', duration((last?.number('time') ?? start) - start)];
  return (
    <section class="card visit">
      <h2>
        {words.visit(first?.text('session') ?? '')}
        <span>{facts.filter((fact) => fact !== '').join(' · ')}</span>
      </h2>
      <ol class="timeline">
        {rows.map((row, at) => (
          <Touch key={at} row={row} zone={zone} />
        ))}
      </ol>
    </section>
  );
}

interface TouchProps {
  readonly row: RowOf<'timeline'>;
  readonly zone: string | undefined;
}

function Touch({ row, zone }: TouchProps): JSX.Element {
  const time = row.number('time');
  return (
    <li class={row.text('kind') === 'signal' ? 'touch-signal' : undefined} data-stage={row.text('stage')}>
      {time === undefined ? (
        <span />
      ) : (
        <time dateTime={new Date(time).toISOString()}>{clockIn(time, zone)}</time>
      )}
      <span class="touch-kind">{wordsOf(row.text('kind'))}</span>
      <Detail row={row} />
    </li>
  );
}

/** The touchpoint in short, and all of its fields on demand. */
function Detail({ row }: { readonly row: RowOf<'timeline'> }): JSX.Element {
  const detail = row.text('detail');
  const fields = fieldsOf(row);
  if (fields.length === 0) {
    return (
      <span class="touch-detail">
        <VisitorText>{detail}</VisitorText>
      </span>
    );
  }
  return (
    <details class="touch-detail">
      <summary>{detail === '' ? stageName(row.text('stage')) : detail}</summary>
      <FieldList fields={fields} />
    </details>
  );
}

function fieldsOf(row: RowOf<'timeline'>): [string, unknown][] {
  try {
    const json: unknown = JSON.parse(row.text('fields'));
    return typeof json === 'object' && json !== null ? Object.entries(json) : [];
  } catch {
    // A report without that column.
    return [];
  }
}

/** The rows of each visit; a customer can have visits in several browsers, which the report numbers in order. */
function visitsOf(rows: readonly RowOf<'timeline'>[]): RowOf<'timeline'>[][] {
  const visits: RowOf<'timeline'>[][] = [];
  let current: string | undefined;
  for (const row of rows) {
    if (row.text('session') !== current) {
      visits.push([]);
      current = row.text('session');
    }
    visits.at(-1)?.push(row);
  }
  return visits;
}
