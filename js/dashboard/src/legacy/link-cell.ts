/** Cells that lead somewhere, as the report's columns say. */

import { count } from '../data/format.ts';
import type { Column, Row } from '../data/report.ts';
import { h, type Child } from './dom.ts';
import { customersHref, type Context } from './view.ts';

/** The cell as a link, or as links; `undefined` where its column leads nowhere. */
export function linkCell(row: Row, column: Column, context: Context): Child {
  switch (column.link) {
    case 'customer':
      return journeys(row.text(column.name), context);
    case 'customers':
      return customers(row, row.number(column.name), context);
    default:
      return undefined;
  }
}

/** A number of customers that leads to their list. */
export function customers(row: Row, number: number | undefined, context: Context): Child {
  const target = customersHref(row, context);
  if (number === undefined || number === 0 || target === undefined) return undefined;
  return h('a', { href: target, title: 'List these customers' }, count(number));
}

/** One customer's key, or a list of keys as JSON. */
function journeys(text: string, { state, href }: Context): Child {
  const keys = keysOf(text);
  if (keys.length === 0) return undefined;
  const link = (key: string): HTMLElement =>
    h(
      'a',
      {
        class: 'journey-link',
        href: href({ ...state, view: 'customer', options: new Map([['customer', key]]) }),
        title: `Journey of ${key}`,
      },
      key,
    );
  return h('span', { class: 'journey-links' }, ...keys.map(link));
}

function keysOf(text: string): string[] {
  if (!text.startsWith('[')) return text === '' ? [] : [text];
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) ? json.filter((key) => typeof key === 'string') : [];
  } catch {
    // A key of the shop's own that begins like a list.
    return [text];
  }
}
