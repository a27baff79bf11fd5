// A server with a read token: a reader logs in by the form, under the policy that the page has, and out again.

import { violations } from '../support/axe.ts';
import { Collector } from '../support/collector.ts';
import { expect, test } from '../support/test.ts';

const TOKEN = '0123456789abcdef-token';

// A wrong token is refused on purpose, and so is what is asked for after logging out.
test.use({ allowed: /status of 40[13]/ });

test('a reader logs in by keyboard, sees the dashboard, and logs out', async ({ page }) => {
  const collector = await Collector.start(undefined, ['--read-token', TOKEN]);
  try {
    await page.goto(collector.base);
    await expect(page).toHaveURL(`${collector.base}/login`);
    await expect(page).toHaveTitle('Log in · Wayside');
    expect(await violations(page)).toEqual([]);

    const field = page.getByLabel('Read token');
    await expect(field).toBeFocused();
    await page.keyboard.type('not-the-token');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toHaveText('This is not the read token of this server.');
    await expect(field).toHaveAccessibleDescription(/This is not the read token/);
    expect(await violations(page)).toEqual([]);

    await page.setViewportSize({ width: 320, height: 600 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);

    await field.fill(TOKEN);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page).toHaveURL(new RegExp(`^${collector.base}/(#.*)?$`));
    await expect(page.getByRole('main')).toBeVisible();
    expect(await page.evaluate(async () => (await fetch('/api/sites')).status)).toBe(200);
    expect(await page.evaluate(() => document.cookie)).toBe('');

    await page.evaluate(() => fetch('/logout', { method: 'POST' }));
    expect(await page.evaluate(async () => (await fetch('/api/sites')).status)).toBe(401);
    await page.goto(collector.base);
    await expect(field).toBeVisible();
  } finally {
    await collector.stop();
  }
});
