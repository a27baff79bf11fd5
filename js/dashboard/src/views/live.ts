/** Touchpoints and signals in the moment they arrive, newest first. */

import { liveUrl } from '../data/api.ts';
import { clock, count, words } from '../data/format.ts';
import { detailOf, Feed, isSignal, matches, nameOf, parseTouchpoint, pulse, type Touchpoint } from '../data/live.ts';
import { h, vars } from '../legacy/dom.ts';
import { fieldList } from '../legacy/fields.ts';
import { icon } from '../legacy/icons.ts';
import { heading, snippet, type Context, type View } from '../legacy/view.ts';

/** Kept in the page: some minutes of a busy shop, and little enough to stay smooth. */
const CAPACITY = 300;
/** The pulse shows the last two minutes in spans of three seconds. */
const PULSE_SLOTS = 40;
const PULSE_SLOT_MS = 3000;

export function live(): View {
  return new LiveView();
}

class LiveView implements View {
  readonly root: HTMLElement;
  private readonly feed = new Feed(CAPACITY);
  private readonly rows = new Map<Touchpoint, HTMLElement>();
  private arrivals: number[] = [];
  private filter = '';
  private context: Context | undefined;
  private source: EventSource | undefined;
  private drawing: number | undefined;
  private readonly ticking: ReturnType<typeof setInterval>;

  private readonly connection = h('p', { class: 'connection', role: 'status' });
  private readonly pulseBars = h('div', { class: 'pulse', 'aria-hidden': 'true' });
  private readonly counted = h('p', { class: 'live-count' });
  private readonly pause = h('button', { type: 'button', class: 'button', click: () => this.togglePause() });
  private readonly search = h('input', {
    type: 'search',
    placeholder: 'Filter: purchase, a visitor, a page',
    'aria-label': 'Filter touchpoints',
    input: () => this.setFilter(),
  });
  private readonly list = h('ol', { class: 'feed', 'aria-label': 'Touchpoints, newest first' });
  private readonly empty = h('div', { class: 'feed-empty' });

  constructor() {
    this.root = h(
      'div',
      { class: 'view' },
      heading(
        'Live',
        'Touchpoints and signals as they arrive, newest first. Choose a visitor to see the whole journey.',
      ),
      h(
        'section',
        { class: 'card live-card', 'aria-label': 'Live touchpoints' },
        h('div', { class: 'live-head' }, this.connection, this.pulseBars, this.counted),
        h(
          'div',
          { class: 'live-tools' },
          this.search,
          this.pause,
          h('button', { type: 'button', class: 'button button-quiet', click: () => this.clear() }, 'Clear'),
        ),
        this.list,
        this.empty,
      ),
    );
    this.ticking = setInterval(() => this.drawPulse(), PULSE_SLOT_MS);
  }

  show(context: Context): void {
    const other = this.context?.site.site !== context.site.site;
    this.context = context;
    if (other) this.connect(context.site.site);
    this.filter = context.state.options.get('filter') ?? this.filter;
    this.search.value = this.filter;
    this.draw();
  }

  close(): void {
    this.source?.close();
    clearInterval(this.ticking);
    if (this.drawing !== undefined) cancelAnimationFrame(this.drawing);
  }

  private connect(site: string): void {
    this.source?.close();
    this.clear();
    this.showConnection('connecting', 'Connecting…');
    const source = new EventSource(liveUrl(site));
    this.source = source;
    source.addEventListener('open', () => this.showConnection('open', 'Connected'));
    source.addEventListener('error', () => {
      // The browser tries again by itself unless the server refused.
      if (source.readyState === EventSource.CLOSED) {
        this.showConnection(
          'closed',
          'Not connected: the server refused the live stream. Check that it runs, then reload the page.',
        );
      } else {
        this.showConnection('connecting', 'Connection lost. Trying again…');
      }
    });
    source.addEventListener('message', (message) => this.receive(String(message.data)));
  }

  private receive(text: string): void {
    const touchpoint = parseTouchpoint(text);
    if (touchpoint === undefined) return;
    this.feed.add(touchpoint);
    this.arrivals.push(Date.now());
    this.drawSoon();
  }

  /** Once a frame at most, however many arrive. */
  private drawSoon(): void {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = undefined;
      this.draw();
    });
  }

  private draw(): void {
    const shown = this.feed.list().filter((touchpoint) => matches(touchpoint, this.filter));
    const kept = new Set(shown);
    for (const [touchpoint, row] of this.rows) {
      if (kept.has(touchpoint)) continue;
      row.remove();
      this.rows.delete(touchpoint);
    }
    // New rows are put in front of the ones that stay, which keep focus and what is opened in them.
    let next: Element | null = this.list.firstElementChild;
    for (const touchpoint of shown) {
      const row = this.rows.get(touchpoint) ?? this.addRow(touchpoint);
      if (row === next) next = next.nextElementSibling;
      else this.list.insertBefore(row, next);
    }
    this.drawState(shown.length);
    this.drawPulse();
  }

  private addRow(touchpoint: Touchpoint): HTMLElement {
    const row = feedRow(touchpoint, (option, id) => this.customerHref(option, id));
    this.rows.set(touchpoint, row);
    return row;
  }

  private drawState(shown: number): void {
    const { paused, pending, total } = this.feed;
    this.pause.replaceChildren(
      icon(paused ? 'play' : 'pause'),
      paused ? (pending === 0 ? 'Resume' : `Resume (${count(pending)} new)`) : 'Pause',
    );
    this.pause.setAttribute('aria-pressed', String(paused));
    this.counted.textContent = total === 0 ? '' : `${count(total)} since this page was opened`;
    this.empty.hidden = shown > 0;
    if (shown > 0) return;
    if (this.filter !== '' && this.feed.list().length > 0) {
      this.empty.replaceChildren(
        h('p', {}, `None of the last ${count(this.feed.list().length)} touchpoints has “${this.filter}”.`),
      );
    } else if (this.context !== undefined && this.context.site.events === 0 && total === 0) {
      if (this.empty.querySelector('.snippet') === null) this.empty.replaceChildren(snippet(this.context.site.site));
    } else {
      this.empty.replaceChildren(
        h(
          'p',
          {},
          'Waiting for the next touchpoint. Open a page of the shop in another tab: it shows here within two seconds.',
        ),
      );
    }
  }

  private drawPulse(): void {
    const now = Date.now();
    this.arrivals = this.arrivals.filter((at) => now - at < PULSE_SLOTS * PULSE_SLOT_MS);
    const counts = pulse(this.arrivals, now, PULSE_SLOTS, PULSE_SLOT_MS);
    const most = Math.max(4, ...counts);
    this.pulseBars.replaceChildren(...counts.map((value) => vars(h('span'), { '--level': value / most })));
  }

  private showConnection(state: 'connecting' | 'open' | 'closed', text: string): void {
    this.connection.dataset['state'] = state;
    this.connection.textContent = text;
  }

  private togglePause(): void {
    if (this.feed.paused) this.feed.resume();
    else this.feed.pause();
    this.draw();
  }

  private setFilter(): void {
    this.filter = this.search.value.trim();
    this.draw();
  }

  private clear(): void {
    this.feed.clear();
    this.draw();
  }

  private customerHref(option: 'visitor' | 'customer', id: string): string {
    if (this.context === undefined) return '';
    const { state, href } = this.context;
    // The whole history, and also that of automated browsers: they can be on this list.
    return href({
      ...state,
      view: 'customer',
      range: { kind: 'all' },
      traffic: 'all',
      options: new Map([[option, id]]),
    });
  }
}

function feedRow(touchpoint: Touchpoint, hrefOf: (option: 'visitor' | 'customer', id: string) => string): HTMLElement {
  const signal = isSignal(touchpoint);
  const family = touchpoint.fields.get('family');
  const detail = detailOf(touchpoint);
  const short = touchpoint.visitor.slice(0, 8);
  const { stage, visitor, customer } = touchpoint;
  const fields: [string, unknown][] = [
    ['stage', stage],
    ['visitor', visitor],
    ['customer', customer],
    ...touchpoint.fields,
  ];
  const customerLink = h('a', { href: hrefOf('customer', customer) }, customer);
  return h(
    'li',
    {
      class: signal ? 'touch touch-signal' : 'touch',
      'data-stage': touchpoint.stage,
      'data-family': typeof family === 'string' ? family : undefined,
    },
    h('time', { datetime: new Date(touchpoint.time).toISOString() }, clock(touchpoint.time)),
    h(
      'span',
      { class: 'touch-kind' },
      words(nameOf(touchpoint)),
      signal && h('span', { class: 'badge badge-friction' }, typeof family === 'string' ? family : 'signal'),
    ),
    h(
      'details',
      { class: 'touch-detail' },
      h('summary', {}, detail === '' ? words(stage) || 'details' : detail),
      fieldList(fields, { customer: customerLink }),
    ),
    visitor === ''
      ? h('span')
      : h(
          'a',
          { class: 'touch-visitor', href: hrefOf('visitor', visitor), 'aria-label': `Journey of visitor ${short}` },
          short,
        ),
  );
}
