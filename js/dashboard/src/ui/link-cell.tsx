/** Cells that lead somewhere, as the report's columns say. */

import type { ComponentChild, JSX } from 'preact';

import { count } from '../data/format.ts';
import type { Column, Row } from '../data/report.ts';
import { text } from '../text/index.ts';
import { customersHref, type Context } from './context.ts';

/** The cell as a link, or as links; `undefined` where its column leads nowhere. */
export function linkCell(row: Row, column: Column, context: Context): ComponentChild {
  switch (column.link) {
    case 'customer':
      return journeyLinks(row.text(column.name), context);
    case 'customers':
      return customersLink(row, row.number(column.name), context, column);
    default:
      return undefined;
  }
}

/** A number of customers that leads to their list. */
export function customersLink(
  row: Row,
  number: number | undefined,
  context: Context,
  column?: Column,
): ComponentChild {
  const target = customersHref(row, context, column);
  if (number === undefined || number === 0 || target === undefined) return undefined;
  return (
    <a href={target} title={text.table.listCustomers}>
      {count(number)}
    </a>
  );
}

/** The journey of a customer, by their key. */
export function journeyHref(key: string, { state, href }: Context): string {
  return href({ ...state, view: 'customer', options: new Map([['customer', key]]) });
}

/** Links to the journeys of one customer's key, or of a list of keys as JSON. */
function journeyLinks(cell: string, context: Context): JSX.Element | undefined {
  const keys = keysOf(cell);
  if (keys.length === 0) return undefined;
  return (
    <span class="journey-links">
      {keys.map((key) => (
        <a
          class="journey-link"
          href={journeyHref(key, context)}
          title={text.table.journeyOf(key)}
        >
          {key}
        </a>
      ))}
    </span>
  );
}

function keysOf(cell: string): string[] {
  if (!cell.startsWith('[')) return cell === '' ? [] : [cell];
  try {
    const json: unknown = JSON.parse(cell);
    return Array.isArray(json) ? json.filter((key) => typeof key === 'string') : [];
  } catch {
    // A key of the shop's own that begins like a list.
    return [cell];
  }
}
