/** A report as CSV (RFC 4180) that is safe to open in a spreadsheet. */

import type { Cell, Report } from './report.ts';

export function toCsv(report: Pick<Report, 'columns' | 'rows'>): string {
  const lines = [report.columns.map((column) => csvCell(column.name))];
  for (const row of report.rows) lines.push(row.map(csvCell));
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/**
 * One cell. Text that a spreadsheet would run as a formula gets a leading `'`: visitors choose referrers, search terms
 * and names, and a reader must be able to open the file. Numbers stay numbers, a minus sign and all.
 */
export function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// Spreadsheets leave out invisible characters before they look for a formula, and some read the full-width signs, too.
const FORMULA_START = /^(?:[\s\p{C}\p{M}]*[=+\-@＝＋－＠]|[\t\r\n])/u;

/** A file name from a report's words: nothing in it can leave the folder or hide an extension. */
export function fileName(extension: string, ...parts: readonly string[]): string {
  const name = parts
    .map((part) => part.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, ''))
    .filter((part) => part !== '');
  return `${['wayside', ...name].join('-')}.${extension}`;
}
