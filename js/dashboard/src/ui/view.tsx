/** The parts that every section has: its heading, the footing of its numbers, and the message that there are none. */

import { toChildArray, type ComponentChildren, type JSX } from 'preact';

import type { Report } from '../data/report.ts';
import { text } from '../text/index.ts';
import { trafficOf, type Context } from './context.ts';
import { rangeText, spanText, trafficText } from './words.ts';

export interface HeadingProps {
  readonly title: string;
  readonly lead: string;
  /** Controls beside the heading. */
  readonly children?: ComponentChildren;
}

export function Heading({ title, lead, children }: HeadingProps): JSX.Element {
  return (
    <header class="view-head">
      <div class="view-words">
        <h1>{title}</h1>
        <p class="lead">{lead}</p>
      </div>
      {toChildArray(children).length > 0 && <div class="controls">{children}</div>}
    </header>
  );
}

/** Says on how much data the numbers rest, and repeats the notes of the report. */
export function Footing({ report }: { readonly report: Report }): JSX.Element | null {
  const { events, customers, timezone } = report;
  const notes = [
    ...(events === undefined || customers === undefined ? [] : [text.footing.from(events, customers)]),
    ...(timezone === undefined ? [] : [text.footing.zone(timezone)]),
    ...report.notes,
  ];
  if (notes.length === 0) return null;
  return (
    <div class="notes">
      {notes.map((note) => (
        <p>{note}</p>
      ))}
    </div>
  );
}

export interface NothingHereProps {
  readonly context: Context;
  /** The plural of the things that are missing, such as `paths`. */
  readonly things: string;
}

/** Says that there is nothing to show though the site has data: not in these days, or not of this traffic. */
export function NothingHere({ context, things }: NothingHereProps): JSX.Element {
  const { site, state, scope, href } = context;
  if (site.people === 0 && site.automated > 0 && trafficOf(context) === 'people') return <OnlyAutomated context={context} />;
  const ranged = state.range.kind !== 'all';
  return (
    <div class="message">
      <h2>{ranged ? text.empty.noneInDays(things) : text.empty.noneYet(things)}</h2>
      <p>{text.empty.chosen(rangeText(state.range), trafficText(scope.traffic), spanText(site))}</p>
      <div class="row">
        {ranged && (
          <a class="button" href={href({ ...state, range: { kind: 'all' } })}>
            {text.empty.showAllData}
          </a>
        )}
        {scope.traffic !== 'all' && (
          <a class="button" href={href({ ...state, traffic: 'all' })}>
            {text.empty.showAllTraffic}
          </a>
        )}
      </div>
    </div>
  );
}

/** Says that a site has visits, but none of people: those of its owner's tests are often the first. */
function OnlyAutomated({ context: { site, state, href } }: { readonly context: Context }): JSX.Element {
  return (
    <div class="message">
      <h2>{text.empty.onlyAutomated(site.site)}</h2>
      <p>{text.empty.automatedLeftOut(site.automated)}</p>
      <div class="row">
        <a class="button" href={href({ ...state, range: { kind: 'all' }, traffic: 'automated' })}>
          {text.empty.showAutomated}
        </a>
      </div>
    </div>
  );
}
