// Coming back out of the back/forward cache: the page was not loaded again, and yet it is seen again.

import { expect, expectJourney, test, views, visitorOf } from '../support/test.ts';

test('a return out of the back/forward cache is one view, and the tracker does not stand in the cache’s way', async ({ base, page }) => {
  await page.addInitScript(() => {
    addEventListener('pageshow', (event) => {
      if (event.persisted) document.documentElement.dataset.persisted = 'true';
    });
  });
  await page.goto('/shop/');
  const visitor = await visitorOf(page);
  await page.goto('/shop/help.html');
  await visitorOf(page);
  await page.evaluate(() => history.back());
  await expectJourney(base, visitor, views, ['/shop/ link', '/shop/help.html link', '/shop/ bfcache']);
  // Proof that it was the cache: an ordinary load would not have set the mark.
  await expect(page.locator('html')).toHaveAttribute('data-persisted', 'true');
});
