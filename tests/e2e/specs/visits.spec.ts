// Every scripted visit, as the demo runs them: what arrived is what was done, in order, each once.

import { capturedSoFar, countCaptured, shiftClock } from '../visits/in-page.mjs';
import { differences, eventCount, signalNames } from '../visits/compare.mjs';
import { delivered, Shopper } from '../visits/shopper.mjs';
import { visits } from '../visits/visits.mjs';
import { expect, journey, test, visitorOf } from '../support/test.ts';

const HOUR = 3_600_000;
const PHONE = { width: 390, height: 844 };

for (const visit of visits) {
  test(`visit: ${visit.name}`, async ({ base, context }) => {
    const openPage = async (offsetMs: number) => {
      const page = await context.newPage();
      if (visit.phone) await page.setViewportSize(PHONE);
      await page.addInitScript(shiftClock, offsetMs);
      await page.addInitScript(countCaptured);
      return page;
    };
    const shop = new Shopper(await openPage(-visit.hoursAgo * HOUR), base, openPage);
    await visit.run(shop);
    await delivered(shop.page);
    const visitor = await visitorOf(shop.page);
    const captured = await capturedSoFar(shop.page);

    await expect.poll(async () => eventCount(await journey(base, visitor))).toBe(captured);
    const rows = await journey(base, visitor);
    expect(differences(shop.expected, rows)).toEqual([]);
    expect(signalNames(rows)).toEqual(expect.arrayContaining(shop.signals));
  });
}
