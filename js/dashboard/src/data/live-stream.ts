/**
 * The live stream of one site, which goes on while the reader is in another section. It keeps a bounded list, connects
 * again by itself, and remembers for how long it could not hear the server.
 */

import { Feed, Pulse } from './feed.ts';
import { parseTouchpoint } from './live.ts';

/** The part of an `EventSource` that is used. */
export interface Source {
  readonly readyState: number;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (message: { readonly data: unknown }) => void): void;
  close(): void;
}

export type Connection =
  | { readonly state: 'connecting' }
  /** `awayMs`: how long it was away, after a reconnection. */
  | { readonly state: 'open'; readonly awayMs?: number }
  /** The browser tries again. */
  | { readonly state: 'lost'; readonly since: number | undefined }
  /** The server refused; the stream tries again after `RETRY_MS`. */
  | { readonly state: 'refused' };

/** Entries kept in the page: some minutes of a busy shop, and little enough to stay smooth. */
const CAPACITY = 300;

/** The pulse shows the last two minutes in spans of three seconds. */
const PULSE_SLOTS = 40;
const PULSE_SLOT_MS = 3000;

/** How often `tick` is to be called. */
export const TICK_MS = PULSE_SLOT_MS;

/** After a refusal: about as long as a server takes to start again, and no burden to one that goes on refusing. */
export const RETRY_MS = 30_000;

/** Browsers run the timers of a hidden page once a minute at least: after a longer silence the computer slept. */
const ASLEEP_MS = 90_000;

/** `EventSource.CLOSED`, which only a refusal leads to. */
const CLOSED = 2;

export class LiveStream {
  feed = new Feed(CAPACITY);
  pulse = new Pulse(PULSE_SLOTS, PULSE_SLOT_MS);
  connection: Connection = { state: 'connecting' };

  private site: string | undefined;
  private source: Source | undefined;
  private readonly listeners = new Set<() => void>();
  /** When the page last ran with an open connection. */
  private aliveAt = 0;
  /** Since when nothing can have been heard, of a site that was heard before. */
  private lostAt: number | undefined;
  private refusedAt = 0;

  constructor(
    private readonly connect: (site: string) => Source,
    private readonly now: () => number = Date.now,
  ) {}

  /** Listens to a site. The same one again goes on, or is tried at once if it was refused; another one begins anew. */
  follow(site: string): void {
    if (site === this.site) {
      if (this.connection.state === 'refused') this.open(site);
      return;
    }
    this.site = site;
    this.feed = new Feed(CAPACITY);
    this.pulse = new Pulse(PULSE_SLOTS, PULSE_SLOT_MS);
    this.lostAt = undefined;
    this.aliveAt = 0;
    this.connection = { state: 'connecting' };
    this.open(site);
  }

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Keeps time: the pulse moves on, a refused stream is tried again, and a sleep of the computer is noticed. */
  tick(): void {
    const now = this.now();
    if (this.connection.state === 'open') {
      if (now - this.aliveAt > ASLEEP_MS) this.lostAt ??= this.aliveAt;
      this.aliveAt = now;
    } else if (this.connection.state === 'refused' && now - this.refusedAt >= RETRY_MS && this.site !== undefined) {
      this.open(this.site);
    }
    this.changed();
  }

  togglePause(): void {
    if (this.feed.paused) this.feed.resume();
    else this.feed.pause();
    this.changed();
  }

  clear(): void {
    this.feed.clear();
    this.changed();
  }

  private open(site: string): void {
    this.source?.close();
    const source = this.connect(site);
    this.source = source;
    // A source that was closed in the meantime has nothing to say any more.
    const current = (act: () => void) => (): void => {
      if (this.source !== source) return;
      act();
      this.changed();
    };
    source.addEventListener('open', current(() => this.opened()));
    source.addEventListener('error', current(() => this.failed(source.readyState === CLOSED)));
    source.addEventListener('message', ({ data }) => current(() => this.receive(String(data)))());
    this.changed();
  }

  private opened(): void {
    const now = this.now();
    this.aliveAt = now;
    if (this.lostAt === undefined) {
      this.connection = { state: 'open' };
      return;
    }
    this.feed.addGap({ since: this.lostAt, until: now });
    this.connection = { state: 'open', awayMs: now - this.lostAt };
    this.lostAt = undefined;
  }

  private failed(refused: boolean): void {
    const now = this.now();
    if (this.aliveAt > 0) this.lostAt ??= now;
    if (refused) this.refusedAt = now;
    this.connection = refused ? { state: 'refused' } : { state: 'lost', since: this.lostAt };
  }

  private receive(text: string): void {
    const now = this.now();
    this.aliveAt = now;
    // The connection has outlived the sleep.
    this.lostAt = undefined;
    const touchpoint = parseTouchpoint(text);
    if (touchpoint === undefined) return;
    this.feed.add(touchpoint);
    this.pulse.add(now);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
