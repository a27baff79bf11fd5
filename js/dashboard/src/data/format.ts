/** Numbers, durations and names as a reader expects them. Times follow the time zone that a report or a site names. */

import { LOCALE } from '../text/locale.ts';
import type { Cell, Column } from './report.ts';
import { stageName } from './stages.ts';

/** Shown where a report has no value: an en dash reads as "none", a 0 would claim one. */
export const NONE = '–';

const whole = new Intl.NumberFormat(LOCALE.language, { maximumFractionDigits: 0 });
const compactNumber = new Intl.NumberFormat(LOCALE.language, { notation: 'compact', maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat(LOCALE.language, { maximumFractionDigits: 2 });
/** An amount keeps the decimals that the shop gave it; the server has millionths. */
const MONEY_DECIMALS_MAX = 6;
const moneyNumber = new Intl.NumberFormat(LOCALE.language, {
  minimumFractionDigits: 2,
  maximumFractionDigits: MONEY_DECIMALS_MAX,
});
const DAY = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const formats = new Map<string, Intl.DateTimeFormat>();
const clockFormat = new Intl.DateTimeFormat(LOCALE.days, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function count(value: number): string {
  return Number.isInteger(value) ? whole.format(value) : twoDigits.format(value);
}

/** A count for a tight place: 12,345 as 12.3K. */
export function compact(value: number): string {
  return Math.abs(value) < 1000 ? count(value) : compactNumber.format(value);
}

/** A ratio of 0 to 1 as per cent, with more digits where small shares would all read alike. */
export function percent(ratio: number): string {
  const points = ratio * 100;
  const digits = points === 0 || Math.abs(points) >= 99.95 ? 0 : Math.abs(points) < 1 ? 2 : 1;
  return `${points.toFixed(digits)}%`;
}

/** A duration in the two units that matter: 850 ms, 4.2 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function duration(ms: number): string {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_500) return `${trimmed(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(minutes, 60, 'h', 'min');
  return pair(Math.round(minutes / 60), 24, 'd', 'h');
}

/**
 * Money in major units, with its currency where one is known. A report names a currency only where all its amounts are
 * in it; a touchpoint has what the shop wrote, and what is no code (`Euro`) says nothing to a formatter.
 */
export function money(value: number, currency?: string): string {
  const large = Math.abs(value) >= 1e6;
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) {
    return (large ? compactNumber : moneyNumber).format(value);
  }
  const short = large
    ? ({ notation: 'compact', maximumFractionDigits: 1 } as const)
    : { maximumFractionDigits: MONEY_DECIMALS_MAX };
  return new Intl.NumberFormat(LOCALE.language, { style: 'currency', currency, ...short }).format(value);
}

export function day(ms: number, zone?: string): string {
  return inZone('day', LOCALE.days, DAY, zone).format(ms);
}

/** A day as `YYYY-MM-DD`, as the server is asked for it: Swedish writes days so, whatever the page's language. */
export function isoDay(ms: number, zone?: string): string {
  return inZone('iso', 'sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' }, zone).format(ms);
}

export function time(ms: number, zone?: string): string {
  return inZone('time', LOCALE.days, { ...DAY, ...CLOCK, timeZoneName: 'short' }, zone).format(ms);
}

/** The time of day in the zone of a report, for what it lists. */
export function clockIn(ms: number, zone?: string): string {
  return inZone('clock', LOCALE.days, CLOCK, zone).format(ms);
}

/** A formatter for a zone, UTC where there is none and where this browser does not know it. */
function inZone(
  name: string,
  locale: string,
  options: Intl.DateTimeFormatOptions,
  zone = 'UTC',
): Intl.DateTimeFormat {
  const key = `${name} ${zone}`;
  let format = formats.get(key);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    } catch {
      format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
    }
    formats.set(key, format);
  }
  return format;
}

/** The time of day on the reader's own clock, for what is happening now. */
export function clock(ms: number): string {
  return clockFormat.format(ms);
}

/** A value in the unit that its report names; an amount in the report's currency, a time in its zone. */
export function inUnit(value: number, unit: string | undefined, currency?: string, zone?: string): string {
  switch (unit) {
    case 'ratio':
      return percent(value);
    case 'ms':
      return duration(value);
    case 'money':
      return money(value, currency);
    case 'time':
      return time(value, zone);
    case 'score':
      return twoDigits.format(value);
    default:
      return count(value);
  }
}

/** A table cell as text. `unit` overrides the column's where rows carry their own. */
export function cellText(
  cell: Cell,
  column: Column,
  unit: string | undefined = column.unit,
  currency?: string,
  zone?: string,
): string {
  if (cell === null || cell === '') return NONE;
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'number') return inUnit(cell, unit, currency, zone);
  return column.name === 'stage' ? stageName(cell) : cell;
}

/** `view_item_list` as "view item list". Names stay recognisable: no translation, no capitals. */
export function words(name: string): string {
  return name.replace(/[_-]+/g, ' ').trim();
}

/** A node of the paths: a kind of touchpoint in words, a page by its path as it is. */
export function nodeName(name: string): string {
  return name.startsWith('/') ? name : words(name);
}

/** `journey-map` as "Journey map" and `nps` as "NPS", for headings. */
export function title(name: string): string {
  const plain = words(name);
  if (SHORT_NAMES.includes(plain)) return plain.toUpperCase();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** Names that are initials. */
const SHORT_NAMES: readonly string[] = ['nps', 'csat', 'ces', 'clv'];

function trimmed(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

function pair(value: number, base: number, big: string, small: string): string {
  const rest = value % base;
  return rest === 0 ? `${(value - rest) / base} ${big}` : `${(value - rest) / base} ${big} ${rest} ${small}`;
}
