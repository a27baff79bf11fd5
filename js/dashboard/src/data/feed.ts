/** The entries of the live list, newest first, with the times without a connection; and its pulse. */

import type { Touchpoint } from './live.ts';

/** A line of the list: a touchpoint, or a time in which none could arrive. */
export type Entry = { readonly id: number } & ({ readonly touchpoint: Touchpoint } | { readonly gap: Gap });

/** A time without a connection, in milliseconds since 1970 by the reader's clock. */
export interface Gap {
  readonly since: number;
  readonly until: number;
}

/** The newest entries, newest first, never more than its capacity. While paused, arrivals wait apart. */
export class Feed {
  private shown: Entry[] = [];
  private waiting: Entry[] = [];
  private pausedNow = false;
  private entries = 0;
  private arrived = 0;
  private arrivedBeforePause = 0;

  constructor(private readonly capacity: number) {}

  get paused(): boolean {
    return this.pausedNow;
  }

  /** All touchpoints that arrived since the feed began, also those that no longer fit. */
  get total(): number {
    return this.arrived;
  }

  /** All touchpoints that arrived since the pause began, also those that no longer fit. */
  get pending(): number {
    return this.pausedNow ? this.arrived - this.arrivedBeforePause : 0;
  }

  /** Whether the list is as long as it may be, so that older entries may have left it. */
  get isFull(): boolean {
    return this.shown.length === this.capacity;
  }

  list(): readonly Entry[] {
    return this.shown;
  }

  add(touchpoint: Touchpoint): void {
    this.arrived += 1;
    this.put({ id: this.nextId(), touchpoint });
  }

  addGap(gap: Gap): void {
    this.put({ id: this.nextId(), gap });
  }

  pause(): void {
    if (this.pausedNow) return;
    this.pausedNow = true;
    this.arrivedBeforePause = this.arrived;
  }

  resume(): void {
    this.pausedNow = false;
    this.shown = [...this.waiting, ...this.shown].slice(0, this.capacity);
    this.waiting = [];
  }

  clear(): void {
    this.shown = [];
    this.waiting = [];
    this.arrivedBeforePause = this.arrived;
  }

  private put(entry: Entry): void {
    const target = this.pausedNow ? this.waiting : this.shown;
    target.unshift(entry);
    if (target.length > this.capacity) target.length = this.capacity;
  }

  private nextId(): number {
    this.entries += 1;
    return this.entries;
  }
}

/** How many arrived in each of the last `slots` spans of `slotMs`, for the pulse above the list. */
export class Pulse {
  private counts: number[];
  /** The number of the newest span, counted from 1970. */
  private newest = 0;

  constructor(
    private readonly slots: number,
    private readonly slotMs: number,
  ) {
    this.counts = zeros(slots);
  }

  add(now: number): void {
    this.turn(now);
    this.counts[this.slots - 1] = (this.counts[this.slots - 1] ?? 0) + 1;
  }

  /** The counts at `now`, oldest first. */
  at(now: number): readonly number[] {
    this.turn(now);
    return this.counts;
  }

  private turn(now: number): void {
    const newest = Math.floor(now / this.slotMs);
    const passed = Math.min(this.slots, newest - this.newest);
    if (passed <= 0) return;
    this.counts = [...this.counts.slice(passed), ...zeros(passed)];
    this.newest = newest;
  }
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}
