// The live view shows a shop's touchpoints within two seconds while somebody looks.

import { expect, test, visitorOf } from '../support/test.ts';

/** Two seconds, and one more for a busy machine. */
const SHOWN_WITHIN_MS = 3_000;
const TIMES = 16;

test('touchpoints are shown within two seconds while somebody watches', async ({ base, page }) => {
  const end = new AbortController();
  const stream = await fetch(`${base}/api/live?site=shop`, { signal: end.signal });
  await page.goto('/shop/help.html');
  const visitor = await visitorOf(page);
  const late = new Map<number, number>();
  const watching = (async () => {
    let text = '';
    for await (const bytes of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += bytes;
      const lines = text.split('\n');
      text = lines.pop()!;
      for (const line of lines.filter((line) => line.startsWith('data:'))) {
        const shown = JSON.parse(line.slice(5)) as { visitor: string; kind: string; value?: number; time: number };
        if (shown.visitor === visitor && shown.kind === 'tick') late.set(shown.value!, Date.now() - shown.time);
      }
    }
  })().catch(() => undefined);
  await page.evaluate(async (times) => {
    for (let n = 1; n <= times; n++) {
      window.wayside('tick', { value: n, currency: 'EUR' });
      await new Promise((done) => setTimeout(done, 500));
    }
  }, TIMES);
  await expect.poll(() => late.size).toBe(TIMES);
  end.abort();
  await watching;
  expect(Math.max(...late.values()), JSON.stringify([...late])).toBeLessThan(SHOWN_WITHIN_MS);
});
