// One contender, once: how it starts, what a burst of calls costs, what it sends.

import { setTimeout } from 'node:timers/promises';
import { withPage } from './page.mjs';
import { median } from './table.mjs';

/** Nothing sent for so long is the end; the slowest here batches every 5 s. */
const QUIET_MS = 6_500;
/** Longest wait for that. */
const DRAIN_MS = 60_000;
/** From the start of a tracker until everything that it does then is done. */
const START_MS = 2_500;
/** Starts in a round: they are short, and each has its luck. */
const STARTS = 3;
const FIELDS = { item_id: 'mug', price: 19.9, quantity: 1, currency: 'EUR' };

/** Events of a long visit to a single-page app. */
const LONG_VISIT = 10_000;
/** They come this many at a time, some milliseconds apart. */
const AT_A_TIME = 100;
/** Longest time for them: some trackers write all that waits anew at each call. */
const LONG_VISIT_MS = 15_000;

export async function measure(browser, server, name) {
  const starts = [];
  while (starts.length < STARTS) starts.push(await onPage(browser, server, name, {}, ({ start }) => start));
  const slow = await onPage(browser, server, name, { throttle: 4 }, ({ evaluate }) => evaluate(longest));
  if (name === 'empty' || name === 'web-vitals') return { start: median(starts), slow };
  const burst = await onPage(browser, server, name, {}, async ({ evaluate, cpu, quiet }) => {
    const before = await cpu();
    const calls = await evaluate(run, 1000, FIELDS);
    await quiet();
    return { calls, all: (await cpu()) - before };
  });
  const hundred = await onPage(browser, server, name, {}, async ({ evaluate, quiet, received }) => {
    await quiet();
    const { bytes, requests } = { ...received };
    await evaluate(run, 100, FIELDS);
    await quiet();
    return { bytes: received.bytes - bytes, requests: received.requests - requests };
  });
  const kept = await onPage(browser, server, name, {}, longVisit);
  const isCached = await onPage(browser, server, name, {}, comesBack);
  if (hundred.bytes === 0) throw new Error(`${name}: nothing arrived; is it configured as its version wants it?`);
  return { start: median(starts), slow, ...burst, ...hundred, ...kept, isCached };
}

/** What a tracker holds after many events, once all of them are sent, and the listeners that it has added to the page. */
async function longVisit({ evaluate, quiet, state, before }) {
  const { listeners } = await state();
  const called = await evaluate(
    async (count, atATime, fields, within) => {
      const end = performance.now() + within;
      for (let n = 0; n < count; n += atATime) {
        if (performance.now() > end) return n;
        for (let m = 0; m < atATime; m++) window.bench.call('add_to_cart', { ...fields });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return count;
    },
    LONG_VISIT,
    AT_A_TIME,
    FIELDS,
    LONG_VISIT_MS,
  );
  const added = { listeners: listeners - before.listeners };
  if (called < LONG_VISIT) return added;
  await quiet();
  return { ...added, memory: (await state()).bytes - before.bytes };
}

/** Whether the page comes back from the back/forward cache. */
async function comesBack({ evaluate, open }) {
  await open('/next');
  await evaluate(() => void setTimeout(() => history.back()));
  await setTimeout(1_000);
  return evaluate(() => window.bench !== undefined && window.begun !== undefined);
}

/** In the page: its longest task from the start of the tracker on; what the page itself did before is not the tracker's. */
function longest() {
  const after = window.long.filter(({ startTime, duration }) => startTime + duration > window.begun);
  return Math.max(0, ...after.map(({ duration }) => duration));
}

/** In the page: so many calls in one turn. Milliseconds. */
function run(count, fields) {
  const begun = performance.now();
  for (let n = 0; n < count; n++) window.bench.call('add_to_cart', { ...fields });
  return performance.now() - begun;
}

function onPage(browser, { origin, received }, name, { throttle = 1 }, then) {
  return withPage(browser, `${origin}/page?${name}`, async ({ send, evaluate, cpu, open }) => {
    if (throttle > 1) await send('Emulation.setCPUThrottlingRate', { rate: throttle });
    /** Waits until nothing has been sent for a while: what a tracker does with a burst ends with its last request. */
    const quiet = async () => {
      const end = Date.now() + DRAIN_MS;
      let { requests } = received;
      let since = Date.now();
      while (Date.now() - since < QUIET_MS && Date.now() < end) {
        await setTimeout(250);
        if (received.requests === requests) continue;
        requests = received.requests;
        since = Date.now();
      }
    };
    /** What the page holds in memory, without garbage, and its listeners. */
    const state = async () => {
      await send('HeapProfiler.collectGarbage');
      const { usedSize, embedderHeapUsedSize, backingStorageSize } = await send('Runtime.getHeapUsage');
      const { metrics } = await send('Performance.getMetrics');
      return { bytes: usedSize + embedderHeapUsedSize + backingStorageSize, listeners: metrics.find(({ name }) => name === 'JSEventListeners').value };
    };
    const before = await state();
    const used = await cpu();
    await evaluate(() => {
      window.begun = performance.now();
      window.bench.start();
    });
    await setTimeout(START_MS);
    return then({ evaluate, cpu, quiet, received, state, before, open: (path) => open(origin + path), start: (await cpu()) - used });
  });
}
