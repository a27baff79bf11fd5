// For development only: pictures of every section from the built page, with the CSP in force: on a desk and on a phone, in
// light and in dark colours. Fails on console errors, and on a page that is wider than its screen.
//   npm run build && npm run shots -- FOLDER [ORIGIN] [SECTION…]
// With ORIGIN it takes them from a running server instead of the fixtures (`-`). SITE names another site than `shop`.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { preview } from 'vite';

const [folder = 'shots', origin, ...only] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const server =
  origin === undefined || origin === '-' ? await preview({ preview: { port: 0, host: '127.0.0.1' } }) : undefined;
const base = server === undefined ? origin : server.resolvedUrls.local[0];
const site = process.env.SITE ?? 'shop';

const screens = {
  desk: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

/** Whose journey is shown: somebody with touchpoints of the site. */
const customers = await (await fetch(new URL(`api/reports/customers?site=${site}&sort=signals`, base))).json();
const at = customers.columns.findIndex(({ name }) => name === 'customer');

const browser = await chromium.launch({
  executablePath: process.env.WAYSIDE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const problems = [];
for (const [screen, options] of Object.entries(screens)) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('console', (message) => message.type() === 'error' && problems.push(`${screen}: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`${screen}: ${error.message}`));
  await page.goto(`${base}#/overview?site=${site}`);
  await page.locator('.view .card, .view .message').first().waitFor();
  // The tabs are the sections of this server.
  const sections = await page
    .locator('.tab')
    .evaluateAll((tabs) => tabs.map((tab) => /^#\/([a-z-]+)/.exec(new URL(tab.href).hash)?.[1] ?? ''));
  for (const section of sections) {
    if (only.length > 0 && !only.includes(section)) continue;
    const customer = section === 'customer' ? `&customer=${encodeURIComponent(customers.rows[0]?.[at] ?? '')}` : '';
    await page.goto(`${base}#/${section}?site=${site}${customer}`);
    // Without the section before, and its scroll position.
    await page.reload();
    await page.locator('.view .card, .view .tile, .view .message').first().waitFor();
    if (await page.locator('.chart').count()) await page.locator('canvas').first().waitFor();
    if (section === 'live' && server !== undefined) await page.locator('.touch').nth(7).waitFor();
    await page.evaluate(() => document.fonts.ready);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) problems.push(`${screen} ${section}: the page is ${wide} px wider than the screen`);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${section}-${screen}-${colorScheme}.png`), fullPage: true });
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }
  await context.close();
}
await browser.close();
await server?.close();
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? `pictures in ${folder}` : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
