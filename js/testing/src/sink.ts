// The sink, which replaces a collector in tests: it accepts batches, counts each event once, and folds the events into journeys.

import { fieldDifferences } from './match.ts';
import { decode, journeys, type Batch, type DeadLetter, type Event, type Placed, type PlacedSignal, type Refusal } from './model.ts';
import type { Fields, Kind, Signal, Stage, Touchpoint } from './types.ts';
import { notArrived, type Arrived } from './words.ts';

/** A filter of touchpoints. */
export interface Filter<K extends string = string> {
  kind?: K;
  visitor?: string;
}

/** The time limit of a wait, and the visitor to consider. */
export interface Waiting {
  /**
   * Milliseconds.
   * @defaultValue 5000
   */
  timeout?: number;
  visitor?: string;
}

/** The response to a request. */
export interface Answer {
  status: number;
  /** JSON. */
  body: string;
}

/** Options of `clear`. */
export interface Clearing {
  /**
   * Whether the pages seen so far are gone: later batches of them are acknowledged but not kept. @defaultValue false
   */
  gone?: boolean;
}

/** Default time limit of a wait, the same as Playwright's. */
export const TIMEOUT_MS = 5_000;

/** A sink of batches without an address; `startSink` starts one with an address. */
export class Sink {
  /** Events by id, in order of arrival. */
  readonly #events = new Map<string, { event: Event; batch: Batch }>();
  /** Ids of all events that were counted, including those before the last `clear`. */
  readonly #counted = new Set<string>();
  readonly #writers = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #waiting = new Set<{ look: () => void; give: (why: Error) => void }>();
  #dead: DeadLetter[] = [];
  #refusals: Refusal[] = [];
  #read: Read | undefined;
  #closed = false;

  /** Takes the body of `POST /v1/batch` as a collector does, and returns the response. */
  take(body: Uint8Array): Answer {
    const decoded = decode(body);
    if ('refusal' in decoded) {
      const { status, code, message } = decoded.refusal;
      this.#refusals.push(decoded.refusal);
      this.#look();
      return { status, body: JSON.stringify({ error: { code, message } }) };
    }
    const { batch } = decoded;
    if (!this.#gone.has(batch.writer)) this.#keep(batch);
    return { status: 200, body: JSON.stringify(batch.answer) };
  }

  /** The touchpoints that have arrived so far, each once, in the order in which they happened. */
  touchpoints<K extends Kind>(filter: Filter<K> = {}): Touchpoint<K>[] {
    const { kind, visitor } = filter;
    const fits = (one: Touchpoint): boolean => (kind === undefined || one.kind === kind) && (visitor === undefined || one.visitor === visitor);
    return this.#journeys().touchpoints.filter(fits) as Touchpoint<K>[];
  }

  /** The signals of the touchpoints so far: those found in pages and those found in journeys. */
  signals(filter: { visitor?: string } = {}): Signal[] {
    return this.#journeys().signals.filter(({ visitor }) => filter.visitor === undefined || visitor === filter.visitor);
  }

  /** The stage of the journey at its latest touchpoint; none before the first. */
  stage(visitor?: string): Stage | undefined {
    return this.touchpoints(visitor === undefined ? {} : { visitor }).at(-1)?.stage;
  }

  /** Events that the model refused. */
  dead(): readonly DeadLetter[] {
    return this.#dead;
  }

  /** The refusals of bodies that are not batches. */
  refusals(): readonly Refusal[] {
    return this.#refusals;
  }

  /** The first touchpoint of this kind that has these fields. */
  find<K extends Kind>(kind: K, fields: Fields<K> = {} as Fields<K>, visitor?: string): Touchpoint<K> | undefined {
    const all = this.touchpoints(visitor === undefined ? { kind } : { kind, visitor });
    return all.find((one) => !fieldDifferences(one as Touchpoint, fields).length);
  }

  /** Waits for a touchpoint of this kind with these fields. The error lists the touchpoints that arrived instead. */
  async waitFor<K extends Kind>(kind: K, fields: Fields<K> = {} as Fields<K>, { timeout = TIMEOUT_MS, visitor }: Waiting = {}): Promise<Touchpoint<K>> {
    const found = await this.until(() => this.find(kind, fields, visitor), timeout);
    if (!found) throw new Error(notArrived(kind, fields, timeout, this.arrived()));
    return found;
  }

  /** Calls `look` now and at each arrival until it returns a value; resolves to `undefined` at the end of the time. */
  until<T>(look: () => T | undefined, timeout = TIMEOUT_MS): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
      };
      const waiter = {
        look: (): void => {
          try {
            const found = look();
            if (found === undefined) return;
            end();
            resolve(found);
          } catch (error) {
            waiter.give(error as Error);
          }
        },
        give: (why: Error): void => {
          end();
          reject(why);
        },
      };
      const timer = setTimeout(() => {
        end();
        resolve(undefined);
      }, timeout);
      this.#waiting.add(waiter);
      if (this.#closed) waiter.give(new Error(CLOSED));
      else waiter.look();
    });
  }

  /** Everything that has arrived, for messages. */
  arrived(): Arrived {
    const { touchpoints, signals } = this.#journeys();
    return { touchpoints, signals, dead: this.#dead, refusals: this.#refusals };
  }

  /** Forgets everything that has arrived; journeys start again. Later copies of it are not counted. */
  clear({ gone = false }: Clearing = {}): void {
    this.#events.clear();
    this.#dead = [];
    this.#refusals = [];
    this.#read = undefined;
    if (gone) for (const writer of this.#writers) this.#gone.add(writer);
  }

  /** Ends every wait. */
  close(): Promise<void> {
    this.#closed = true;
    for (const { give } of [...this.#waiting]) give(new Error(CLOSED));
    return Promise.resolve();
  }

  #keep(batch: Batch): void {
    const isNew = ({ writer, seq }: { writer: string; seq: number }): boolean => {
      const id = `${writer} ${seq}`;
      return !this.#counted.has(id) && !!this.#counted.add(id);
    };
    this.#writers.add(batch.writer);
    for (const event of batch.events) if (isNew(event)) this.#events.set(`${event.writer} ${event.seq}`, { event, batch });
    this.#dead.push(...batch.dead.filter(isNew));
    this.#read = undefined;
    this.#look();
  }

  #look(): void {
    for (const { look } of [...this.#waiting]) look();
  }

  #journeys(): Read {
    return (this.#read ??= read(this.#events));
  }
}

/** The results of folding the events. */
interface Read {
  touchpoints: Touchpoint[];
  signals: Signal[];
}

function read(events: ReadonlyMap<string, { event: Event; batch: Batch }>): Read {
  const said = journeys([...events.values()].map(({ event }) => event));
  const placed = new Map<string, { customer: string; place: Placed }>();
  for (const { customer, events } of said.customers) {
    for (const place of events) placed.set(`${place.writer} ${place.seq}`, { customer, place });
  }
  const result: Read = { touchpoints: [], signals: [] };
  for (const id of said.order) {
    const { event, batch } = events.get(id)!;
    const { customer, place } = placed.get(id)!;
    const { visitor } = event;
    const { session, stage, channel, found_in_page, signals = [] } = place;
    const { site, consent, automated } = batch;
    result.touchpoints.push({ ...event, site, customer, session, stage, channel, consent, automated });
    for (const one of found_in_page ? [found_in_page, ...signals] : signals) result.signals.push(signal(one, visitor, customer));
  }
  return result;
}

/** A signal in the form that pages receive, with visitor and customer. */
function signal({ signal: name, family, time, evidence }: PlacedSignal, visitor: string, customer: string): Signal {
  const moment = (evidence['moment'] ?? null) as Signal['moment'];
  return { name, family, moment, time, evidence, visitor, customer };
}

const CLOSED = 'the sink was closed while a test waited for it';
