// One contender, once: how it starts, what a burst of calls costs, what it sends.

/** Nothing sent for so long is the end; the slowest here batches every 5 s. */
const QUIET_MS = 6_500;
/** Longest wait for that. */
const DRAIN_MS = 60_000;
/** After the page has loaded, until everything that a tracker does at its start is done. */
const START_MS = 2_500;
const FIELDS = { item_id: 'mug', price: 19.9, quantity: 1, currency: 'EUR' };

export async function measure(browser, server, name) {
  const start = await onPage(browser, server, name, {}, async ({ cpu }) => cpu());
  const slow = await onPage(browser, server, name, { throttle: 4 }, ({ page }) => page.evaluate(longest));
  if (name === 'empty' || name === 'web-vitals') return { start, slow };
  const burst = await onPage(browser, server, name, {}, async ({ page, cpu, quiet }) => {
    const before = await cpu();
    const calls = await page.evaluate(run, [1000, FIELDS]);
    await quiet();
    return { calls, all: (await cpu()) - before };
  });
  const hundred = await onPage(browser, server, name, {}, async ({ page, quiet, received }) => {
    await quiet();
    const { bytes, requests } = { ...received };
    await page.evaluate(run, [100, FIELDS]);
    await quiet();
    return { bytes: received.bytes - bytes, requests: received.requests - requests };
  });
  if (hundred.bytes === 0) throw new Error(`${name}: nothing arrived; is it configured as its version wants it?`);
  return { start, slow, ...burst, ...hundred };
}

/** In the page: its longest task from the start of the tracker on; what the page itself did before is not the tracker's. */
function longest() {
  const after = window.long.filter(({ startTime, duration }) => startTime + duration > window.begun);
  return Math.max(0, ...after.map(({ duration }) => duration));
}

/** In the page: so many calls in one turn. Milliseconds. */
function run([count, fields]) {
  const begun = performance.now();
  for (let n = 0; n < count; n++) window.bench.call('add_to_cart', { ...fields });
  return performance.now() - begun;
}

async function onPage(browser, { origin, received }, name, { throttle = 1 }, then) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    if (throttle > 1) await cdp.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    await page.addInitScript(() => {
      window.long = [];
      new PerformanceObserver((list) => window.long.push(...list.getEntries())).observe({ type: 'longtask' });
    });
    const cpu = async () => {
      const { metrics } = await cdp.send('Performance.getMetrics');
      return metrics.find((metric) => metric.name === 'TaskDuration').value * 1000;
    };
    /** Waits until nothing has been sent for a while: what a tracker does with a burst ends with its last request. */
    const quiet = async () => {
      const end = Date.now() + DRAIN_MS;
      let { requests } = received;
      let since = Date.now();
      while (Date.now() - since < QUIET_MS && Date.now() < end) {
        await page.waitForTimeout(250);
        if (received.requests === requests) continue;
        requests = received.requests;
        since = Date.now();
      }
    };
    await page.goto(`${origin}/page?${name}`);
    await page.evaluate(() => {
      window.begun = performance.now();
      window.bench.start();
    });
    await page.waitForTimeout(START_MS);
    return await then({ page, cpu, quiet, received });
  } finally {
    await context.close();
  }
}
