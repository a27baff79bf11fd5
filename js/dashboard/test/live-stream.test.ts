import { describe, expect, test } from 'vitest';

import { LiveStream, RETRY_MS, TICK_MS, type Source } from '../src/data/live-stream.ts';

type Type = 'open' | 'error' | 'message';

/** A connection whose events the test sends. */
class FakeSource implements Source {
  readyState = 0;
  private readonly listeners: [Type, (message: { data: unknown }) => void][] = [];

  addEventListener(type: Type, listener: (message: { data: unknown }) => void): void {
    this.listeners.push([type, listener]);
  }

  send(type: Type, data: unknown = undefined): void {
    for (const [of, listener] of this.listeners) if (of === type) listener({ data });
  }

  close(): void {
    this.readyState = 2;
  }
}

function started(): { stream: LiveStream; sources: FakeSource[]; pass: (ms: number) => void; last: () => FakeSource } {
  const sources: FakeSource[] = [];
  let now = 1_000_000;
  const stream = new LiveStream(
    () => {
      sources.push(new FakeSource());
      return sources.at(-1) as FakeSource;
    },
    () => now,
  );
  stream.follow('shop');
  return { stream, sources, pass: (ms) => (now += ms), last: () => sources.at(-1) as FakeSource };
}

const MESSAGE = '{"time":1,"kind":"page_view"}';

const gaps = (stream: LiveStream): number[] =>
  stream.feed.list().flatMap((entry) => ('gap' in entry ? [entry.gap.until - entry.gap.since] : []));

test('the same site again goes on with its list, and another one begins anew', () => {
  const { stream, sources, last } = started();
  last().send('open');
  last().send('message', MESSAGE);
  stream.follow('shop');
  expect([sources.length, stream.feed.total]).toEqual([1, 1]);
  stream.follow('other');
  expect([sources.length, stream.feed.total, stream.connection.state]).toEqual([2, 0, 'connecting']);
  // What the first one still sends belongs to no list.
  sources[0]?.send('message', MESSAGE);
  expect(stream.feed.total).toBe(0);
});

describe('after a reconnection', () => {
  test('the list says for how long it was away', () => {
    const { stream, last, pass } = started();
    last().send('open');
    expect(stream.connection).toEqual({ state: 'open' });
    last().send('message', MESSAGE);
    pass(5000);
    last().send('error');
    expect(stream.connection).toEqual({ state: 'lost', since: 1_005_000 });
    pass(3000);
    last().send('error');
    pass(9000);
    last().send('open');
    expect(stream.connection).toEqual({ state: 'open', awayMs: 12_000 });
    expect(gaps(stream)).toEqual([12_000]);
    expect(stream.feed.total).toBe(1);
  });

  test('of a computer that slept, the time begins with the sleep', () => {
    const { stream, last, pass } = started();
    last().send('open');
    pass(TICK_MS);
    stream.tick();
    pass(3_600_000);
    stream.tick();
    last().send('error');
    last().send('open');
    expect(gaps(stream)).toEqual([3_600_000]);
  });

  test('a connection that outlived a sleep has missed nothing', () => {
    const { stream, last, pass } = started();
    last().send('open');
    pass(3_600_000);
    stream.tick();
    last().send('message', MESSAGE);
    pass(1000);
    last().send('error');
    pass(2000);
    last().send('open');
    expect(gaps(stream)).toEqual([2000]);
  });

  test('a stream that was never open has no gap', () => {
    const { stream, last, pass } = started();
    last().send('error');
    expect(stream.connection).toEqual({ state: 'lost', since: undefined });
    pass(4000);
    last().send('open');
    expect(stream.connection).toEqual({ state: 'open' });
    expect(gaps(stream)).toEqual([]);
  });
});

describe('a stream that the server refused', () => {
  test('is tried again after a while, and says for how long it was away', () => {
    const { stream, sources, last, pass } = started();
    last().send('open');
    last().readyState = 2;
    last().send('error');
    expect(stream.connection.state).toBe('refused');
    pass(RETRY_MS - 1);
    stream.tick();
    expect(sources.length).toBe(1);
    pass(1);
    stream.tick();
    expect(sources.length).toBe(2);
    last().send('open');
    expect(gaps(stream)).toEqual([RETRY_MS]);
  });

  test('is tried at once when the reader comes back', () => {
    const { stream, sources, last } = started();
    last().readyState = 2;
    last().send('error');
    stream.follow('shop');
    expect(sources.length).toBe(2);
  });
});

test('listeners hear of each change until they leave', () => {
  const { stream, last } = started();
  let calls = 0;
  const leave = stream.subscribe(() => (calls += 1));
  last().send('open');
  last().send('message', MESSAGE);
  expect(calls).toBe(2);
  leave();
  last().send('message', MESSAGE);
  expect(calls).toBe(2);
});
