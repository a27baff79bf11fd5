/** The list of customers: searched, filtered and sorted by the server, page by page; each row opens a journey. */

import type { JSX } from 'preact';

import { fetchReport } from '../data/api.ts';
import { money, title, words as wordsOf } from '../data/format.ts';
import type { Column, Described, Parameter, ParamsOf, Report, Row } from '../data/report.ts';
import { COMMON, withOption, type State } from '../data/state.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { keyOf, type Context } from '../ui/context.ts';
import { DropDown, TextField } from '../ui/controls.tsx';
import { DataTable, Pager } from '../ui/data-table.tsx';
import { Icon } from '../ui/icons.tsx';
import { journeyHref, linkCell } from '../ui/link-cell.tsx';
import { Panel } from '../ui/panel.tsx';
import { Footing, Heading, NothingHere } from '../ui/view.tsx';
import { Field, pagesOf, PAGING } from './report.tsx';

const words = text.customers;

const REPORT = 'customers';
const [SEARCH, SORT] = ['search', 'sort'] as const satisfies readonly (keyof ParamsOf<typeof REPORT>)[];

/** Parameters with a control of their own: all others are filters. */
const CONTROLS: readonly string[] = [...COMMON, SEARCH, SORT, PAGING.limit, PAGING.offset];

export function Customers({ context }: SectionProps): JSX.Element {
  const { state, site, scope, reports, go } = context;
  const described = reports.find(({ name }) => name === REPORT);
  const sort = described?.params.find(({ name }) => name === SORT);
  const by = state.options.get(SORT) ?? sort?.default ?? '';
  const sortBy = (column: string): void => go(asking(state, SORT, column === sort?.default ? '' : column));
  return (
    <div class="view">
      <Heading title={words.title} lead={words.lead}>
        <TextField
          label={words.search}
          type="search"
          hint={words.searchHint}
          value={state.options.get(SEARCH) ?? ''}
          choose={(value) => go(asking(state, SEARCH, value))}
        />
        {sort !== undefined && (
          <DropDown
            label={words.sort}
            choices={sort.choices.map((value) => ({ value, label: title(value) }))}
            value={by}
            choose={sortBy}
          />
        )}
      </Heading>
      <Filters params={described?.params.filter(({ name }) => !CONTROLS.includes(name)) ?? []} context={context} />
      <Panel
        id={keyOf(context, ...[...state.options].flat())}
        load={(signal) =>
          // The filters of the address are the server's to check.
          fetchReport<string>(REPORT, site.site, scope, Object.fromEntries(state.options), signal)
        }
      >
        {(report) => (
          <List
            report={report}
            described={described}
            context={context}
            by={by}
            sorts={sort?.choices ?? []}
            sortBy={sortBy}
          />
        )}
      </Panel>
    </div>
  );
}

/** The state with another question, which is read from its first page. */
function asking(state: State, name: string, value: string): State {
  return withOption(withOption(state, PAGING.offset, ''), name, value);
}

interface FiltersProps {
  readonly params: readonly Parameter[];
  readonly context: Context;
}

/** The filters in force, such as those of the number that led here, each with a way out of it; all others are folded away. */
function Filters({ params, context }: FiltersProps): JSX.Element {
  const { state, go, href } = context;
  const inForce = [...state.options].filter(([name]) => !CONTROLS.includes(name));
  return (
    <>
      {inForce.length > 0 && (
        <div class="steps">
          <ul class="step-list" aria-label={words.inForce}>
            {inForce.map(([name, value]) => {
              const filter = words.filter(wordsOf(name), value);
              return (
                <li key={name} class="chip">
                  <span class="chip-name">{filter}</span>
                  <button
                    type="button"
                    class="chip-button"
                    aria-label={words.remove(filter)}
                    title={words.remove(filter)}
                    onClick={() => {
                      // The button goes with its filter; a keyboard goes on in the section.
                      document.getElementById('main')?.focus();
                      go(asking(state, name, ''));
                    }}
                  >
                    <Icon name="close" />
                  </button>
                </li>
              );
            })}
          </ul>
          <a class="button button-quiet" href={href(unfiltered(state))}>
            {words.removeAll}
          </a>
        </div>
      )}
      {params.length > 0 && (
        <details class="filters">
          <summary>{text.report.moreFilters}</summary>
          <div class="controls">
            {params.map((param) => (
              <Field key={param.name} param={param} context={context} />
            ))}
          </div>
        </details>
      )}
    </>
  );
}

/** The whole list in the same order. */
function unfiltered(state: State): State {
  return { ...state, options: new Map([...state.options].filter(([name]) => name === SORT)) };
}

interface ListProps {
  readonly report: Report;
  readonly described: Described | undefined;
  readonly context: Context;
  readonly by: string;
  readonly sorts: readonly string[];
  readonly sortBy: (column: string) => void;
}

function List({ report, described, context, by, sorts, sortBy }: ListProps): JSX.Element {
  const pages = pagesOf(report, described, context);
  if (report.rows.length === 0) {
    return (
      <>
        <NoCustomers context={context} />
        {/* The page asked for may lie behind the last one. */}
        {pages !== undefined && <Pager {...pages} />}
        <Footing report={report} />
      </>
    );
  }
  return (
    <>
      <DataTable
        report={report}
        caption={words.title}
        site={context.site.site}
        hidden={CSV_ONLY}
        cell={(row, column) => valueCell(row, column) ?? linkCell(row, column, context)}
        order={{ column: by, columns: sorts, choose: sortBy }}
        rowHref={(row: Row) => journeyHref(row.text('customer'), context)}
        pages={pages}
      />
      <Footing report={report} />
    </>
  );
}

/** The currency stands beside each value. */
const CSV_ONLY = ['currency'];

/** The value in the customer's own currency: the list has none where it has several. */
function valueCell(row: Row, column: Column): string | undefined {
  const value = row.number(column.name);
  return column.unit === 'money' && value !== undefined ? money(value, row.text('currency')) : undefined;
}

/** No customers at all, or none with these filters. */
function NoCustomers({ context }: { readonly context: Context }): JSX.Element {
  const { state, href } = context;
  const filtered = [...state.options.keys()].some((name) => name !== SORT && name !== PAGING.limit && name !== PAGING.offset);
  if (!filtered) return <NothingHere context={context} things={words.nothing} />;
  return (
    <div class="message">
      <h2>{words.none}</h2>
      <p>{words.noneAdvice}</p>
      <a class="button" href={href(unfiltered(state))}>
        {words.removeAll}
      </a>
    </div>
  );
}
