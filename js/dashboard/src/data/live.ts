/** Touchpoints as they arrive: reading them, finding them, and what one says in a line. */

import { duration, money, words } from './format.ts';

export interface Touchpoint {
  readonly site: string;
  readonly visitor: string;
  readonly customer: string;
  /** Milliseconds since 1970 by the visitor's clock. */
  readonly time: number;
  readonly kind: string;
  readonly stage: string;
  /** Everything else the touchpoint carries. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Reads one message of the live stream; `undefined` for one that is not a touchpoint. */
export function parseTouchpoint(text: string): Touchpoint | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const fields = new Map<string, unknown>(Object.entries(json));
  const take = (name: string): string => {
    const value = fields.get(name);
    fields.delete(name);
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  };
  const time = fields.get('time');
  const kind = take('kind');
  if (typeof time !== 'number' || kind === '') return undefined;
  fields.delete('time');
  // The server's live view counts sessions from its own start; the report knows the whole history.
  fields.delete('session');
  return {
    site: take('site'),
    visitor: take('visitor'),
    customer: take('customer'),
    time,
    kind,
    stage: take('stage'),
    fields,
  };
}

export function isSignal(touchpoint: Touchpoint): boolean {
  return touchpoint.kind === 'signal';
}

/** The name a reader looks for: a signal's and a custom touchpoint's own, else the kind's. */
export function nameOf(touchpoint: Touchpoint): string {
  const own = touchpoint.fields.get('name');
  const named = touchpoint.kind === 'signal' || touchpoint.kind === 'custom';
  return named && typeof own === 'string' && own !== '' ? own : touchpoint.kind;
}

/** What happened, in a line: the fields that say most, first. */
export function detailOf(touchpoint: Touchpoint): string {
  const parts: string[] = [];
  for (const name of TELLING) {
    const value = touchpoint.fields.get(name);
    if (value === undefined || value === null || value === '') continue;
    const part =
      name === 'items'
        ? itemsText(value)
        : name === 'value'
          ? valueText(value, touchpoint.fields.get('currency'))
          : fieldText(name, value);
    if (part !== '') parts.push(part);
    if (parts.length === 3) break;
  }
  return parts.join(' · ');
}

/** Any field's value as text. */
export function valueOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether a filter's words all occur somewhere in the touchpoint. */
export function matches(touchpoint: Touchpoint, filter: string): boolean {
  const wanted = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0) return true;
  const all = [
    touchpoint.kind,
    words(touchpoint.kind),
    nameOf(touchpoint),
    words(nameOf(touchpoint)),
    touchpoint.stage,
    touchpoint.visitor,
    touchpoint.customer,
  ];
  for (const [name, value] of touchpoint.fields) all.push(name, valueOf(value));
  const haystack = all.join('\n').toLowerCase();
  return wanted.every((word) => haystack.includes(word));
}

/** Fields in the order in which they tell what happened. The rest is shown when a touchpoint is opened. */
const TELLING = [
  'items',
  'value',
  'step',
  'search_term',
  'element',
  'count',
  'error',
  'form_field',
  'score',
  'comment',
  'title',
  'url',
  'waiting_ms',
  'acting_ms',
  'engaged_ms',
  'coupon',
  'topic',
  'method',
  'item_list_name',
  'promotion_name',
  'transaction_id',
] as const;

function fieldText(name: string, value: unknown): string {
  const text = valueOf(value);
  if (name === 'url') return pathOf(text);
  if (name === 'title' || name === 'comment' || name === 'element' || name === 'error') return text;
  if (name === 'step') return words(text);
  if (name.endsWith('_ms') && typeof value === 'number') return `${words(name.replace(/_ms$/, ''))} ${duration(value)}`;
  return `${words(name)} ${text}`;
}

function valueText(value: unknown, currency: unknown): string {
  if (typeof value !== 'number') return valueOf(value);
  return typeof currency === 'string' ? money(value, currency) : money(value);
}

function itemsText(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return '';
  const first: unknown = value[0];
  const item = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
  const name = item['item_name'] ?? item['item_id'];
  const shown = typeof name === 'string' || typeof name === 'number' ? String(name) : '1 item';
  return value.length === 1 ? shown : `${shown} and ${value.length - 1} more`;
}

/** The part of an address that tells pages of one shop apart. */
function pathOf(address: string): string {
  try {
    const url = new URL(address);
    return url.pathname + url.search;
  } catch {
    return address;
  }
}
