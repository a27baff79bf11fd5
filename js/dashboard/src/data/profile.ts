/** What is known of one customer, as facts: the report `profile` has a row for each value. */

import { inUnit, words } from './format.ts';
import { rowsOf, type Report, type Row } from './report.ts';

export interface Fact {
  readonly name: string;
  /** How the fact is defined. */
  readonly doc: string;
  readonly values: readonly string[];
}

/** The facts in the report's order; rows of one name, such as the signals that a customer met, are one fact. */
export function factsOf(report: Report): Fact[] {
  const facts = new Map<string, { readonly name: string; readonly doc: string; readonly values: string[] }>();
  for (const row of rowsOf(report)) {
    const value = valueOf(row, report);
    if (value === '') continue;
    const name = row.text('name');
    const fact = facts.get(name) ?? { name, doc: row.text('doc'), values: [] };
    fact.values.push(value);
    facts.set(name, fact);
  }
  return [...facts.values()];
}

/** A value with what it is about, if it is one of several, and what it says in words. */
function valueOf(row: Row, { timezone }: Report): string {
  const [of, unit, value] = [row.text('of'), row.text('unit'), row.number('value')];
  const isMoney = unit === 'money';
  const figure = value === undefined ? '' : inUnit(value, unit, isMoney ? of || undefined : undefined, timezone);
  const said = [figure, row.text('text')].filter((part) => part !== '').join(', ');
  // An amount has its currency with it.
  if (isMoney || of === '' || said === '') return said;
  return `${row.text('name') === VISITOR ? of : words(of)}: ${said}`;
}

/** The fact whose values are about identities, which are no words. */
const VISITOR = 'visitor';
