import { expect, test } from 'vitest';

import { foldCycles, total, type Transition } from '../src/data/flow.ts';

const edges = (...list: [string, string, number][]): Transition[] =>
  list.map(([from, to, transitions]) => ({ from, to, transitions }));
const names = (list: readonly Transition[]): string[] => list.map(({ from, to }) => `${from}>${to}`);

test('the rarer direction of a back-and-forth becomes a return', () => {
  const flow = foldCycles(edges(['list', 'item', 90], ['item', 'list', 60], ['item', 'cart', 20]), 10);
  expect(names(flow.links)).toEqual(['list>item', 'item>cart']);
  expect(names(flow.returns)).toEqual(['item>list']);
  expect(flow.nodes).toEqual(['list', 'item', 'cart']);
});

test('a long way round is a cycle too, and a step repeated at once', () => {
  const flow = foldCycles(edges(['a', 'b', 50], ['b', 'c', 40], ['c', 'd', 30], ['d', 'a', 20], ['c', 'c', 10]), 10);
  expect(names(flow.returns)).toEqual(['d>a', 'c>c']);
});

test('the limit counts what is drawn: returns take no place of it', () => {
  const flow = foldCycles(edges(['a', 'a', 90], ['a', 'b', 80], ['b', 'a', 70], ['b', 'c', 60], ['c', 'd', 50]), 2);
  expect(names(flow.links)).toEqual(['a>b', 'b>c']);
  expect(names(flow.returns)).toEqual(['a>a', 'b>a']);
  expect(names(flow.leftOut)).toEqual(['c>d']);
});

test('a step that is drawn is drawn with the way to it', () => {
  const flow = foldCycles(
    edges(['(start)', 'a', 9], ['pay', '(end)', 8], ['a', '(end)', 7], ['b', 'pay', 3], ['a', 'pay', 2]),
    3,
  );
  expect(names(flow.links)).toEqual(['(start)>a', 'pay>(end)', 'a>(end)', 'a>pay']);
  expect(names(flow.leftOut)).toEqual(['b>pay']);
});

test('two ways to one place are no cycle', () => {
  const flow = foldCycles(edges(['a', 'b', 3], ['a', 'c', 2], ['b', 'd', 2], ['c', 'd', 1]), 10);
  expect(flow.returns).toEqual([]);
  expect(flow.links).toHaveLength(4);
});

test('nothing is lost: drawn, returns and the rest add up', () => {
  const all: Transition[] = [];
  for (let from = 0; from < 9; from += 1)
    for (let to = 0; to < 9; to += 1)
      all.push({ from: `n${from}`, to: `n${to}`, transitions: 1 + ((from * 7 + to * 13) % 17) });
  for (const limit of [0, 5, 40, 200]) {
    const flow = foldCycles(all, limit);
    expect(total(flow.links) + total(flow.returns) + total(flow.leftOut)).toBe(total(all));
    expect(isAcyclic(flow.links)).toBe(true);
  }
});

test('the same report draws the same picture whatever the order of its rows', () => {
  const all = edges(['a', 'b', 5], ['b', 'a', 5], ['b', 'c', 5], ['c', 'a', 5]);
  expect(foldCycles([...all].reverse(), 10)).toEqual(foldCycles(all, 10));
});

function isAcyclic(links: readonly Transition[]): boolean {
  let left = [...links];
  for (;;) {
    const sources = new Set(left.map(({ from }) => from));
    const next = left.filter(({ to }) => sources.has(to));
    if (next.length === left.length) return left.length === 0;
    left = next;
  }
}
