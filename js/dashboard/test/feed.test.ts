import { describe, expect, test } from 'vitest';

import { Feed, Pulse } from '../src/data/feed.ts';
import type { Touchpoint } from '../src/data/live.ts';

const touch = (kind: string): Touchpoint => ({
  site: 'shop',
  visitor: 'v1',
  customer: 'c1',
  time: 1,
  kind,
  stage: '',
  fields: new Map(),
});

const names = (feed: Feed): string[] =>
  feed.list().map((entry) => ('gap' in entry ? `${entry.gap.until - entry.gap.since} ms` : entry.touchpoint.kind));

describe('the feed', () => {
  test('keeps the newest in front and no more than it may', () => {
    const feed = new Feed(2);
    feed.add(touch('a'));
    expect(feed.isFull).toBe(false);
    for (const kind of ['b', 'c']) feed.add(touch(kind));
    expect(names(feed)).toEqual(['c', 'b']);
    expect([feed.total, feed.isFull]).toEqual([3, true]);
  });

  test('stands still while paused, counts all that came, and shows the newest once it goes on', () => {
    const feed = new Feed(2);
    feed.add(touch('a'));
    feed.pause();
    for (const kind of ['b', 'c', 'd']) feed.add(touch(kind));
    expect(names(feed)).toEqual(['a']);
    expect(feed.pending).toBe(3);
    feed.resume();
    expect(names(feed)).toEqual(['d', 'c']);
    expect(feed.pending).toBe(0);
  });

  test('has a gap at its place, which is no touchpoint', () => {
    const feed = new Feed(3);
    feed.add(touch('a'));
    feed.addGap({ since: 10, until: 25 });
    feed.add(touch('b'));
    expect(names(feed)).toEqual(['b', '15 ms', 'a']);
    expect(feed.total).toBe(2);
  });

  test('gives each entry an id of its own, also after it was cleared', () => {
    const feed = new Feed(3);
    feed.add(touch('a'));
    const [before] = feed.list();
    feed.clear();
    feed.add(touch('a'));
    expect(feed.list().map(({ id }) => id)).not.toEqual([before?.id]);
  });
});

test('the pulse counts arrivals by age, the newest last, and forgets old ones', () => {
  const pulse = new Pulse(3, 20);
  for (const at of [1010, 1061, 1095, 1100]) pulse.add(at);
  expect(pulse.at(1100)).toEqual([1, 1, 1]);
  expect(pulse.at(1121)).toEqual([1, 1, 0]);
  expect(pulse.at(9000)).toEqual([0, 0, 0]);
});
