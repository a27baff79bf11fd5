/** What does not fit on a phone, in a real Chromium: there is a sign of it, and a way to it. */

import { expect, test } from 'vitest';

import { PHONE, startBrowser, TIMEOUT_MS } from './browser.ts';

const { open } = startBrowser();

test(
  'the tabs say at which edge there are more, lead there, and keep the open one in sight',
  async () => {
    const page = await open('overview?site=shop', PHONE);
    const place = page.locator('.tabs-place');
    const more = place.locator('.tabs-more');
    await place.locator('.tabs-more-after').waitFor();
    expect(await more.count()).toBe(1);
    // Pressed until nothing is left behind the edge.
    const last = page.locator('.tab').last();
    while ((await place.getAttribute('data-after')) !== null) {
      const left = await page.locator('.tabs').evaluate((tabs) => tabs.scrollLeft);
      await place.locator('.tabs-more-after').click();
      await expect.poll(() => page.locator('.tabs').evaluate((tabs) => tabs.scrollLeft)).toBeGreaterThan(left);
      await expect.poll(() => place.getAttribute('data-before')).not.toBeNull();
      // The page hears of the scroll a frame later, and takes the button away at the end.
      const isEnd = (): Promise<boolean> => page.locator('.tabs').evaluate((tabs) => tabs.scrollLeft + tabs.clientWidth > tabs.scrollWidth - 2);
      await expect.poll(async () => (await isEnd()) === ((await place.getAttribute('data-after')) === null)).toBe(true);
    }
    const box = await last.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(PHONE.viewport.width);
    await place.locator('.tabs-more-before').waitFor();
    expect(await place.locator('.tabs-more-after').count()).toBe(0);

    // The keyboard reaches a tab that is out of sight, and brings it clear of the faded edge.
    const journeyMap = page.getByRole('link', { name: 'Journey map', exact: true });
    await journeyMap.focus();
    await expect.poll(async () => (await journeyMap.boundingBox())?.x ?? -1).toBeGreaterThanOrEqual(0);
  },
  TIMEOUT_MS,
);

test(
  'a table wider than the screen has a shade at its edge, which goes at the end, also by keyboard',
  async () => {
    const page = await open('signals?site=shop', PHONE);
    await page.getByRole('button', { name: /^Show all \d+ columns$/ }).click();
    const place = page.locator('.table-card .sideways');
    await expect.poll(() => place.getAttribute('data-after')).not.toBeNull();
    expect(await place.getAttribute('data-before')).toBeNull();
    await page.getByRole('group', { name: /, scrollable$/ }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => place.getAttribute('data-before')).not.toBeNull();
    await page.locator('.table-scroll').evaluate((table) => table.scrollTo({ left: table.scrollWidth }));
    await expect.poll(() => place.getAttribute('data-after')).toBeNull();
    await page.getByRole('button', { name: 'Show fewer columns' }).click();
    await expect.poll(() => place.getAttribute('data-before')).toBeNull();
  },
  TIMEOUT_MS,
);
