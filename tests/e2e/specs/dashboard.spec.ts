// The dashboard over real visits: it opens without an error at every size, and shows what has just happened.

import { Shopper } from '../visits/shopper.mjs';
import { expect, expectJourney, ofKind, test, visitorOf } from '../support/test.ts';

const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

for (const [name, viewport] of Object.entries(SIZES)) {
  test(`the dashboard opens on a ${name}`, async ({ base, context, page }) => {
    const shop = new Shopper(page, base, () => Promise.reject(new Error('this visit has one page')));
    await shop.arrive('');
    await shop.addFromList('mug');
    await shop.open('Cart');
    await shop.buy();
    await expectJourney(base, await visitorOf(page), (rows) => ofKind(rows, 'purchase').length, 1);

    const dashboard = await context.newPage();
    await dashboard.setViewportSize(viewport);
    const reports: number[] = [];
    dashboard.on('response', (response) => {
      if (response.url().includes('/api/reports/')) reports.push(response.status());
    });
    await dashboard.goto('/');
    await expect(dashboard).toHaveTitle(/Wayside/);
    await expect(dashboard.getByRole('main')).toBeVisible();
    await expect.poll(() => reports.length).toBeGreaterThan(0);
    const sections = await dashboard.getByRole('navigation', { name: 'Sections' }).getByRole('link').allTextContents();
    expect(sections).toEqual(expect.arrayContaining(['Overview', 'Signals', 'Customers', 'Data quality']));
    for (const section of sections) {
      await dashboard.getByRole('link', { name: section, exact: true }).click();
      await expect(dashboard.locator('main .card, main .tile, main .message').first()).toBeVisible();
      const overflow = await dashboard.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, section).toBeLessThanOrEqual(0);
    }
    expect(reports.filter((status) => status !== 200)).toEqual([]);
  });
}
