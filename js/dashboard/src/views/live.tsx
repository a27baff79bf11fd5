/** Touchpoints and signals in the moment they arrive, newest first. */

import { signal } from '@preact/signals';
import { Component, type JSX } from 'preact';
import { useLayoutEffect, useReducer } from 'preact/hooks';

import { fetchSites, liveUrl } from '../data/api.ts';
import type { Entry, Feed, Gap } from '../data/feed.ts';
import { clock, count, duration, words } from '../data/format.ts';
import { LiveStream, RETRY_MS, TICK_MS, type Connection } from '../data/live-stream.ts';
import { detailOf, isSignal, matches, nameOf, type Touchpoint } from '../data/live.ts';
import { stageName } from '../data/stages.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import type { Context } from '../ui/context.ts';
import { FieldList } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { Start } from '../ui/start.tsx';
import { Heading } from '../ui/view.tsx';

const said = text.live;

/** The stream and the filter outlive the section: a reader who comes back finds the list as it was, and longer. */
const stream = new LiveStream(listen);
const filter = signal('');
setInterval(() => stream.tick(), TICK_MS);

/** Connects to a site. A refusal has no status here: the answer for the list of sites leads to the login where that is the reason. */
function listen(site: string): EventSource {
  const source = new EventSource(liveUrl(site));
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) fetchSites().catch(() => undefined);
  });
  return source;
}

export function Live({ context }: SectionProps): JSX.Element {
  const { site, state } = context;
  const asked = state.options.get('filter');
  useRedraw(stream);
  useLayoutEffect(() => stream.follow(site.site), [site.site]);
  useLayoutEffect(() => {
    if (asked !== undefined) filter.value = asked;
  }, [asked]);
  const { feed } = stream;
  const shown = feed.list().filter((entry) => !('touchpoint' in entry) || matches(entry.touchpoint, filter.value));
  return (
    <div class="view">
      <Heading title={said.title} lead={said.lead} />
      <section class="card live-card" aria-label={said.card}>
        <div class="live-head">
          <ConnectionState connection={stream.connection} />
          <PulseBars counts={stream.pulse.at(Date.now())} />
          <p class="live-count">{feed.total > 0 && said.total(count(feed.total))}</p>
        </div>
        <div class="live-tools">
          <input
            type="search"
            placeholder={said.filterExample}
            aria-label={said.filter}
            value={filter}
            onInput={(event) => (filter.value = event.currentTarget.value)}
          />
          <button type="button" class="button" aria-pressed={feed.paused} onClick={() => stream.togglePause()}>
            <Icon name={feed.paused ? 'play' : 'pause'} />
            {!feed.paused ? said.pause : feed.pending === 0 ? said.resume : said.resumeWith(count(feed.pending))}
          </button>
          <button type="button" class="button button-quiet" onClick={() => stream.clear()}>
            {said.clear}
          </button>
        </div>
        <ol class="feed" aria-label={said.list}>
          {shown.map((entry) => (
            <EntryRow key={entry.id} entry={entry} context={context} />
          ))}
        </ol>
        {!shown.some((entry) => 'touchpoint' in entry) && <Nothing feed={feed} context={context} />}
        {shown.length > 0 && feed.isFull && <p class="caption">{said.newestOnly(count(feed.list().length))}</p>}
      </section>
    </div>
  );
}

/** Renders after changes of the stream: once a frame at most, and not while the page is hidden. */
function useRedraw(changing: LiveStream): void {
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  // Subscribed before the section follows another site, whose list is drawn at once.
  useLayoutEffect(() => {
    let frame: number | undefined;
    const unsubscribe = changing.subscribe(() => {
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        redraw(undefined);
      });
    });
    return () => {
      unsubscribe();
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [changing]);
}

function ConnectionState({ connection }: { readonly connection: Connection }): JSX.Element {
  return (
    <p class="connection" role="status" data-state={connection.state}>
      {connectionText(connection)}
    </p>
  );
}

function connectionText(connection: Connection): string {
  switch (connection.state) {
    case 'connecting':
      return said.connecting;
    case 'open':
      return connection.awayMs === undefined ? said.connected : said.connectedAgain(duration(connection.awayMs));
    case 'lost':
      return connection.since === undefined ? said.unreached : said.lost(clock(connection.since));
    case 'refused':
      return said.refused(duration(RETRY_MS));
  }
}

/** The height of the tallest bar at least, so that a single touchpoint does not look like a rush. */
const PULSE_FULL_MIN = 4;

function PulseBars({ counts }: { readonly counts: readonly number[] }): JSX.Element {
  const most = Math.max(PULSE_FULL_MIN, ...counts);
  return (
    <div class="pulse" aria-hidden="true">
      {counts.map((value) => (
        <span style={{ '--level': value / most }} />
      ))}
    </div>
  );
}

/** Says why no touchpoint is listed. */
function Nothing({ feed, context }: { readonly feed: Feed; readonly context: Context }): JSX.Element {
  const touchpoints = feed.list().filter((entry) => 'touchpoint' in entry).length;
  if (touchpoints > 0) {
    return (
      <div class="feed-empty">
        <p>{said.noneMatches(touchpoints, filter.value.trim())}</p>
      </div>
    );
  }
  const begins = context.site.events === 0 && feed.total === 0;
  return <div class="feed-empty">{begins ? <Start site={context.site.site} /> : <p>{said.waiting}</p>}</div>;
}

interface EntryProps {
  readonly entry: Entry;
  readonly context: Context;
}

/** A row of the list. Hundreds of them stay as they are when one arrives. */
class EntryRow extends Component<EntryProps> {
  override shouldComponentUpdate({ entry, context }: EntryProps): boolean {
    return entry !== this.props.entry || context !== this.props.context;
  }

  override render({ entry, context }: EntryProps): JSX.Element {
    if ('gap' in entry) return <GapRow gap={entry.gap} />;
    return <TouchpointRow touchpoint={entry.touchpoint} context={context} />;
  }
}

function GapRow({ gap: { since, until } }: { readonly gap: Gap }): JSX.Element {
  return (
    <li class="touch touch-gap">
      <time dateTime={new Date(until).toISOString()}>{clock(until)}</time>
      <span>{said.gap(duration(until - since))}</span>
    </li>
  );
}

interface TouchpointProps {
  readonly touchpoint: Touchpoint;
  readonly context: Context;
}

function TouchpointRow({ touchpoint, context }: TouchpointProps): JSX.Element {
  const { stage, visitor, customer, time } = touchpoint;
  const family = touchpoint.fields.get('family');
  const familyName = typeof family === 'string' ? family : undefined;
  const detail = detailOf(touchpoint);
  const short = visitor.slice(0, VISITOR_LETTERS);
  const fields: [string, unknown][] = [
    ['stage', stageName(stage)],
    ['visitor', visitor],
    ['customer', customer],
    ...touchpoint.fields,
  ];
  return (
    <li class={isSignal(touchpoint) ? 'touch touch-signal' : 'touch'} data-stage={stage} data-family={familyName}>
      <time dateTime={new Date(time).toISOString()}>{clock(time)}</time>
      <span class="touch-kind">
        {words(nameOf(touchpoint))}
        {isSignal(touchpoint) && <span class="badge badge-friction">{familyName ?? said.signal}</span>}
      </span>
      <details class="touch-detail">
        <summary>{detail === '' ? stageName(stage) || said.details : detail}</summary>
        <FieldList
          fields={fields}
          special={{ customer: <a href={customerHref('customer', customer, context)}>{customer}</a> }}
        />
      </details>
      {visitor === '' ? (
        <span />
      ) : (
        <a class="touch-visitor" href={customerHref('visitor', visitor, context)} aria-label={said.journeyOf(short)}>
          {short}
        </a>
      )}
    </li>
  );
}

/** The beginning of an identity, enough to tell the visitors of a list apart. */
const VISITOR_LETTERS = 8;

/** The whole history, and also that of automated browsers: they can be on this list. */
function customerHref(option: 'visitor' | 'customer', id: string, { state, href }: Context): string {
  return href({
    ...state,
    view: 'customer',
    range: { kind: 'all' },
    traffic: 'all',
    options: new Map([[option, id]]),
  });
}
