// Messages of failed expectations.

import { nearest, type Difference, type Fielded } from './match.ts';
import type { DeadLetter, Refusal } from './model.ts';
import { ENVELOPE } from './envelope.ts';
import type { Signal, Touchpoints } from './types.ts';

/** Everything that arrived, for messages. */
export interface Arrived {
  touchpoints: readonly Fielded[];
  signals: readonly Signal[];
  dead: readonly DeadLetter[];
  refusals: readonly Refusal[];
}

/** Most lines of a section, so that the important ones stay visible. */
const LINES_MAX = 20;
/** Longest value in characters; longer ones are cut. */
const VALUE_MAX = 120;

/** Facts about the visitor's browser, which say nothing about a test. */
const BROWSER: ReadonlySet<string> = new Set(['device', 'browser', 'browser_version', 'language', 'screen', 'time_zone'] satisfies (keyof Touchpoints['page_view'])[]);

/** A value on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof RegExp) return String(value);
  const asymmetric = value as { toAsymmetricMatcher?: () => string } | null;
  const text = asymmetric?.toAsymmetricMatcher?.() ?? JSON.stringify(value, (_, inner: unknown) => (inner instanceof RegExp ? String(inner) : inner));
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text;
}

/** `5 s`, `1.5 s`. */
export const seconds = (ms: number): string => `${ms / 1000} s`;

/** `value: expected 29.9, but is 19.9`. */
export const difference = ({ path, wanted, arrived }: Difference): string =>
  `${path}: expected ${show(wanted)}, but ${arrived === undefined ? 'missing' : `is ${show(arrived)}`}`;

/** The fields, one line each. */
export const fieldLines = (fields: object): string[] => Object.entries(fields).map(([name, value]) => `${name}: ${show(value)}`);

/** A touchpoint on one line: its kind and its own fields. */
export function line(touchpoint: Fielded): string {
  const fields = Object.entries(touchpoint).filter(([name]) => name !== 'kind' && !ENVELOPE.has(name) && !BROWSER.has(name));
  const text = fields.map(([name, value]) => `${name}: ${show(value)}`).join(', ');
  const all = text && ` { ${text} }`;
  return touchpoint.kind + (all.length > VALUE_MAX ? `${all.slice(0, VALUE_MAX)}… }` : all);
}

/** A signal on one line. */
export const signalLine = ({ name, evidence }: Signal): string => line({ ...evidence, kind: name });

/** The message if a touchpoint did not arrive. */
export function notArrived(kind: string, fields: object, waitedMs: number, arrived: Arrived): string {
  const wanted = fieldLines(fields);
  const head = wanted.length ? [`No ${kind} with these fields arrived within ${seconds(waitedMs)}:`, ...indent(wanted)] : [`No ${kind} arrived within ${seconds(waitedMs)}.`];
  const near = nearest(arrived.touchpoints, kind, fields).map(({ it, sameKind, differences }) =>
    sameKind ? [it.kind, ...indent(differences.map(difference))] : [line(it)],
  );
  return paragraphs(head, section('What arrived, nearest first:', near), ...also(arrived));
}

/** The message if a touchpoint arrived that should not have arrived. */
export function arrivedAllTheSame(kind: string, fields: object, found: Fielded): string {
  const wanted = fieldLines(fields);
  const head = wanted.length ? [`${kind} with these fields arrived, and should not have:`, ...indent(wanted)] : [`${kind} arrived, and should not have.`];
  return paragraphs(head, ['It is:', ...indent([line(found)])]);
}

/** The message if touchpoints did not arrive in an order. */
export function notInOrder(steps: readonly (readonly [string, object])[], found: readonly Fielded[], waitedMs: number, arrived: Arrived): string {
  const [kind, fields] = steps[found.length] ?? ['', {}];
  const marked = steps.map(([kind, fields], at) => {
    const own = Object.keys(fields).length ? ` ${show(fields)}` : '';
    return `${at < found.length ? '✓' : at === found.length ? '✗' : ' '} ${kind}${own}`;
  });
  const last = found.at(-1);
  const from = last ? arrived.touchpoints.indexOf(last) + 1 : 0;
  const near = nearest(arrived.touchpoints.slice(from), kind, fields).filter(({ sameKind }) => sameKind);
  const before = nearest(arrived.touchpoints.slice(0, from), kind, fields).filter((one) => one.sameKind && !one.differences.length);
  const why = near.map(({ it, differences }) => [it.kind, ...indent(differences.map(difference))]);
  return paragraphs(
    [`These touchpoints did not arrive in this order within ${seconds(waitedMs)}; ✗ is the first that is missing:`, ...indent(marked)],
    section(`Later ${kind} touchpoints, nearest first:`, why),
    before.length ? [`${kind} arrived only before its place in the order.`] : [],
    section('What arrived, in order:', arrived.touchpoints.map((one) => [line(one)])),
    ...also(arrived),
  );
}

/** The message if a signal was not found. */
export function notSignalled(name: string, evidence: object, waitedMs: number, arrived: Arrived): string {
  const wanted = fieldLines(evidence);
  const head = wanted.length ? [`No ${name} with this evidence within ${seconds(waitedMs)}:`, ...indent(wanted)] : [`No ${name} within ${seconds(waitedMs)}.`];
  const signals = nearest(arrived.signals.map((signal) => ({ ...signal.evidence, kind: signal.name })), name, evidence);
  const near = signals.map(({ it, sameKind, differences }) => (sameKind ? [it.kind, ...indent(differences.map(difference))] : [line(it)]));
  return paragraphs(
    head,
    near.length ? section('Signals that were found, nearest first:', near) : ['No signal was found.'],
    section('What arrived, in order:', arrived.touchpoints.map((one) => [line(one)])),
    ...also(arrived),
  );
}

/** Joins paragraphs with empty lines. */
export const paragraphs = (...parts: string[][]): string =>
  parts
    .filter((part) => part.length)
    .map((part) => part.join('\n'))
    .join('\n\n');

/** A title followed by indented entries of one or more lines each. */
export function section(title: string, entries: string[][]): string[] {
  if (!entries.length) return [];
  const lines: string[] = [];
  for (const [at, entry] of entries.entries()) {
    if (lines.length >= LINES_MAX) {
      lines.push(`… and ${entries.length - at} more`);
      break;
    }
    lines.push(...entry);
  }
  return [title, ...indent(lines)];
}

export const indent = (lines: string[]): string[] => lines.map((line) => `  ${line}`);

/** Additional sections of a message: an empty result, dead letters and refusals. */
export const also = ({ touchpoints, dead, refusals }: Arrived): string[][] => [
  touchpoints.length ? [] : ['Nothing has arrived.'],
  section('Dead letters, which the model refused:', dead.map(({ seq, detail }) => [`event ${seq}: ${detail}`])),
  section('Refused batches:', refusals.map(({ message }) => [message])),
];
