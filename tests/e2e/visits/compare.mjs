// Holds what a visit did beside what the collector has of it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The kinds that come by themselves. A script foretells every other touchpoint. */
export const AUTOMATIC = new Set([
  'user_engagement', 'checkout_step_time', 'form_start', 'form_error', 'form_field_time', 'form_submit', 'form_abandon', 'signal',
  'page_error', 'click', 'web_vitals', 'tab_switch', 'copy',
]);

/**
 * The timeline of a visitor, oldest first: each touchpoint as an object of its columns and fields. `path` is the path of
 * its address, and what its first item says (`item_id`, `quantity`, …) stands beside its own fields.
 */
export async function timeline(base, site, visitor) {
  const response = await fetch(`${base}/api/reports/timeline?site=${site}&traffic=all&visitor=${encodeURIComponent(visitor)}`);
  if (!response.ok) throw new Error(`GET /api/reports/timeline answered ${response.status}: ${await response.text()}`);
  return rowsOf(await response.json());
}

/** The same, as `wayside report timeline` prints it from a data folder. */
export async function reported(wayside, data, site, visitor) {
  const asked = ['report', 'timeline', `--visitor=${visitor}`, '--site', site, '--data', data, '--traffic', 'all', '--format', 'json'];
  const { stdout } = await promisify(execFile)(wayside, asked, { maxBuffer: 1 << 26 });
  return rowsOf(JSON.parse(stdout));
}

function rowsOf(table) {
  return table.rows.map((row) => flat(Object.fromEntries(table.columns.map((column, index) => [column.name, row[index]]))));
}

function flat(row) {
  const fields = typeof row.fields === 'string' ? JSON.parse(row.fields) : (row.fields ?? {});
  const own = Object.fromEntries(Object.entries({ ...row, ...fields }).filter(([, value]) => value !== null));
  const items = typeof own.items === 'string' ? JSON.parse(own.items) : own.items;
  const path = own.url === undefined ? undefined : new URL(own.url, 'http://shop.invalid').pathname;
  return { ...items?.[0], ...own, path };
}

/** How many events a timeline has: a signal that was computed from an event is a row of its own and not an event. */
export function eventCount(rows) {
  return new Set(rows.map((row) => row.event)).size;
}

/** The names of the signals in a timeline. */
export function signalNames(rows) {
  return rows.filter((row) => row.kind === 'signal').map((row) => row.name);
}

/** What differs between a visit's expected touchpoints and its timeline; empty where nothing does. */
export function differences(expected, rows) {
  const arrived = rows.filter((row) => !AUTOMATIC.has(row.kind));
  const found = [];
  for (let index = 0; index < Math.max(expected.length, arrived.length); index++) {
    const want = expected[index];
    const have = arrived[index];
    const place = `touchpoint ${index + 1}`;
    if (!want) found.push(`${place}: ${have.kind} ${have.path ?? ''} arrived and was not done`);
    else if (!have) found.push(`${place}: ${JSON.stringify(want)} did not arrive`);
    else {
      const wrong = Object.entries(want).filter(([name, value]) => (name === 'failed' ? Boolean(have.error) : have[name]) !== value);
      if (wrong.length > 0) found.push(`${place}: expected ${JSON.stringify(want)}, arrived ${JSON.stringify(Object.fromEntries([['kind', have.kind], ...wrong.map(([name]) => [name, have[name]])]))}`);
    }
  }
  return found;
}
