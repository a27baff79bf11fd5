// For development only: pictures of every section from the built page, with the CSP in force. Fails on console errors.
//   npm run build && npm run shots -- FOLDER [ORIGIN]
// With ORIGIN it takes them from a running server instead of the fixtures.

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

const looks = {
  desktop: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    colorScheme: 'light',
  },
};

const pages = {
  overview: '',
  'overview-30d': 'range=30d',
  'journey-map': '',
  funnel: '',
  checkout: '',
  paths: '',
  signals: '',
  vitals: '',
  customers: '',
  live: '',
  customer: 'visitor=made-up-01',
};

const browser = await chromium.launch({
  executablePath: process.env.WAYSIDE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const problems = [];
for (const [look, options] of Object.entries(looks)) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && problems.push(`${look}: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`${look}: ${error.message}`));
  for (const [name, query] of Object.entries(pages)) {
    if (only.length > 0 && !only.includes(name) && !only.includes(`${name}-${look}`)) continue;
    const view = name.replace(/-30d$/, '');
    await page.goto(`${base}#/${view}?site=${site}&${query}`);
    await page.reload();
    await page.locator('.view .card, .view .tile, .view .message').first().waitFor();
    if (await page.locator('.chart').count()) await page.locator('canvas').first().waitFor();
    if (name === 'live') await page.locator('.touch').nth(7).waitFor();
    await page.evaluate(() => document.fonts.ready);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) problems.push(`${look} ${name}: the page is ${wide} px wider than the screen`);
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true });
  }
  await context.close();
}
await browser.close();
await server?.close();
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? `pictures in ${folder}` : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
