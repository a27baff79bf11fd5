/** The built page in a real Chromium, against the development fixtures and with the CSP in force. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { EARLIER } from '../dev/fixtures.ts';
import { count, duration, money, percent } from '../src/data/format.ts';
import { answerOf, figure } from './answers.ts';
import { hashOf, PHONE, startBrowser, TIMEOUT_MS } from './browser.ts';

const used = startBrowser();
const { open } = used;

test(
  'what visitors wrote stays text and becomes no link to a script',
  async () => {
    const page = await open('live?site=shop');
    await page.getByText('<script>alert("visitor")</script>').first().waitFor();
    await page.getByRole('searchbox').fill('HYPERLINK');
    const row = page.locator('.touch').first();
    await row.locator('summary').click();
    await row.getByText('javascript:alert(1)', { exact: true }).waitFor();
    expect(await page.locator('main script').count()).toBe(0);
    expect(await page.locator('a[href^="javascript:" i]').count()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'a table sorts by its headers, with the keyboard too',
  async () => {
    const page = await open('paths?site=shop');
    const header = page.getByRole('columnheader', { name: 'Median gap' });
    await header.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    const headings = await page.getByRole('columnheader').allTextContents();
    const gaps = page.locator('.table-card tbody tr').first().locator('th, td').nth(headings.indexOf('Median gap'));
    const known = answerOf('paths').flatMap((row) => row.number('median_gap_ms') ?? []);
    expect(await gaps.textContent()).toBe(duration(Math.max(...known)));
    await page.keyboard.press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    expect(await gaps.textContent()).toBe(duration(Math.min(...known)));
  },
  TIMEOUT_MS,
);

test(
  'a table is had as CSV with every row',
  async () => {
    const page = await open('paths?site=shop');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('wayside-shop-paths.csv');
    const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
    expect(lines[0]).toMatch(/^\ufefffrom,to,transitions,sessions,share,median_gap_ms/);
    // The header, and what is behind the last end of a line.
    expect(lines).toHaveLength(answerOf('paths').length + 2);
  },
  TIMEOUT_MS,
);

test(
  'what is chosen is in the address, and the way back works',
  async () => {
    const page = await open('overview?site=shop');
    await page.getByRole('combobox', { name: 'Date range' }).selectOption('30');
    await page.getByRole('link', { name: 'Funnel', exact: true }).click();
    await page.getByRole('button', { name: 'Remove: begin checkout' }).click();
    await page.locator('.verdict').waitFor();
    expect(hashOf(page)).toBe('#/funnel?site=shop&range=30d&steps=view_item,add_to_cart,purchase');
    await page.goBack();
    await page.getByRole('button', { name: 'Remove: begin checkout' }).waitFor();
    await page.getByRole('combobox', { name: 'Add a step' }).selectOption('search');
    await page.getByRole('button', { name: 'Remove: search' }).waitFor();
    await page.getByRole('combobox', { name: 'Whose visits' }).selectOption('all');
    expect(hashOf(page)).toContain('&traffic=all');
  },
  TIMEOUT_MS,
);

test(
  'the steps of a funnel are moved with the keyboard, and the default ones come back',
  async () => {
    const page = await open('funnel?site=shop&steps=view_item,add_to_cart,purchase');
    const steps = page.getByRole('list', { name: 'Steps of the funnel' }).locator('.chip-name');
    await page.getByRole('button', { name: 'Move later: view item' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => steps.allTextContents()).toEqual(['add to cart', 'view item', 'purchase']);
    expect(hashOf(page)).toBe('#/funnel?site=shop&steps=add_to_cart,view_item,purchase');
    await page.getByRole('link', { name: 'Default steps' }).click();
    await expect.poll(() => steps.count()).toBeGreaterThan(3);
    expect(hashOf(page)).toBe('#/funnel?site=shop');
  },
  TIMEOUT_MS,
);

test(
  'figures of earlier days stand beside those of the chosen ones',
  async () => {
    const page = await open('overview?site=shop&range=30d');
    const change = (figure: string): Promise<string | null> =>
      page
        .locator('.tile')
        .filter({ has: page.getByRole('heading', { name: figure, exact: true }) })
        .locator('.change')
        .textContent();
    const rate = (figure('conversion_rate').number('value') ?? 0) * EARLIER;
    expect(await change('Conversion rate')).toBe(`no clear change from ${percent(rate)}`);
    const visitors = Math.round((figure('visitors').number('value') ?? 0) * EARLIER);
    expect(await change('Visitors')).toMatch(new RegExp(`^[\\d.]+% from ${count(visitors)}$`));
  },
  TIMEOUT_MS,
);

test(
  'amounts have the currency that the report says, and none where it says none',
  async () => {
    const page = await open('overview?site=shop');
    const revenue = page
      .locator('.tile')
      .filter({ has: page.getByRole('heading', { name: 'Revenue', exact: true }) })
      .locator('.figure');
    const sold = figure('revenue').number('value') ?? 0;
    expect(await revenue.textContent()).toBe(money(sold, 'EUR'));
    expect(money(sold, 'EUR')).toContain('€');
    const row = page.getByRole('row', { name: /^Average order value/ });
    expect(await row.getByRole('cell').allTextContents()).toContain(money(figure('average_order_value').number('value') ?? 0, 'EUR'));
    await page.route('**/api/reports/kpis?*', async (route) => {
      const { currency: _, ...table } = (await (await route.fetch()).json()) as Record<string, unknown>;
      await route.fulfill({ json: table });
    });
    await page.getByRole('button', { name: 'Fetch the newest numbers' }).click();
    await revenue.getByText(money(sold), { exact: true }).waitFor();
  },
  TIMEOUT_MS,
);

test(
  'the journey map is walked with arrow keys',
  async () => {
    const page = await open('journey-map?site=shop');
    await page.getByRole('button', { name: /^awareness, Organic Search/ }).click();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.cell-detail h2').textContent()).toBe('Consideration · Direct');
  },
  TIMEOUT_MS,
);

test(
  'a field with few sessions has no alarm colour',
  async () => {
    const page = await open('journey-map?site=shop&metric=drop_off');
    const heat = (field: RegExp): Promise<string | null> =>
      page.getByRole('button', { name: field }).getAttribute('data-heat');
    // More than 30 sessions.
    expect(Number(await heat(/^purchase, Organic Search/))).toBeGreaterThan(0);
    // Fewer.
    expect(await heat(/^consideration, Organic Search/)).toBe('0');
    await page.getByText('Fields with fewer than 30 sessions have no colour').waitFor();
    await page.getByRole('radio', { name: 'Conversion' }).check();
    expect(Number(await heat(/^consideration, Organic Search/))).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'those who go on, who buy later and who leave for good are together those who came',
  async () => {
    const page = await open('checkout?site=shop');
    const stop = page.locator('.stop').first();
    const step = answerOf('checkout')[0];
    const [sessions, done, lost] = [step?.count('sessions') ?? 0, step?.count('completed') ?? 0, step?.count('abandoned') ?? 0];
    expect(await stop.locator('.stop-figure').textContent()).toBe(`${percent(done / sessions)} of ${count(sessions)} go on`);
    expect(await stop.locator('.stop-left').textContent()).toBe(`${count(lost)} sessions left here for good`);
    expect(done + lost + (step?.count('bought_later') ?? 0)).toBe(sessions);
  },
  TIMEOUT_MS,
);

test(
  'each p75 has its band in words and colour, and none where there are few page loads',
  async () => {
    const page = await open('vitals?site=ecom');
    const board = page.getByRole('region', { name: /^How fast/ });
    const headings = await board.getByRole('columnheader').allTextContents();
    const band = (metric: string): Promise<string | null> =>
      board.locator('tbody tr').first().locator('th, td').nth(headings.indexOf(metric)).locator('.badge').textContent();
    expect(await band('LCP')).toBe('needs improvement');
    expect(await band('CLS')).toBe('poor');
    expect(await band('TTFB')).toBe('good');
    const colour = (rating: string): Promise<string> =>
      page.locator(`.rating[data-rating='${rating}']`).first().evaluate((badge) => getComputedStyle(badge).color);
    expect(new Set(await Promise.all(['good', 'needs improvement', 'poor'].map(colour))).size).toBe(3);
    // The same pages with 24 loads each.
    await page.getByRole('combobox', { name: 'Site' }).selectOption('shop');
    await page.getByText('few visits').first().waitFor();
    expect(await page.locator('.rating').count()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'a checkout step with few sessions says so and has no alarm colour',
  async () => {
    const page = await open('checkout?site=shop');
    // 22 sessions, and 51.
    await page.locator('.stop').nth(1).getByText('few visits').waitFor();
    expect(await page.locator('.stop').nth(1).locator('.stop-lost').count()).toBe(0);
    expect(await page.locator('.stop').nth(0).locator('.stop-lost').count()).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  'the colours are the reader’s choice and stay',
  async () => {
    const page = await open('overview?site=shop', { colorScheme: 'light' });
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: 'Use light colours' }).waitFor();
    expect(await ground()).not.toBe(light);
  },
  TIMEOUT_MS,
);

test(
  'stages have the names that the site gives them',
  async () => {
    const page = await open('overview?site=shop');
    await page.route('**/api/sites', async (route) => {
      const answer = await route.fetch();
      const sites = (await answer.json()) as { site: string }[];
      await route.fulfill({ json: sites.map((site) => ({ ...site, stage_labels: { advocacy: 'Loyalty', retention: 'Use' } })) });
    });
    await page.goto('about:blank');
    await page.goto(`${used.base()}#/journey-map?site=shop`);
    await page.getByRole('columnheader', { name: 'Use' }).first().waitFor();
    const stages = await page.locator('.map .stage-head').allTextContents();
    expect(stages.map((stage) => stage.replaceAll('\u00ad', ''))).toEqual(['Awareness', 'Consideration', 'Purchase', 'Use', 'Loyalty']);
  },
  TIMEOUT_MS,
);

test(
  'a choice made while numbers are on their way is kept when they arrive',
  async () => {
    const page = await open('journey-map?site=shop');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/api/reports/journey-map?*', async (route) => {
      await held;
      await route.continue();
    });
    const asked = page.waitForRequest('**/api/reports/journey-map?*');
    await page.getByRole('combobox', { name: 'Date range' }).selectOption('30');
    await asked;
    await page.getByRole('radio', { name: 'Drop-off' }).check();
    release();
    await page.getByText('Share of the sessions here that ended here without a purchase.').first().waitFor();
    expect(hashOf(page)).toBe('#/journey-map?site=shop&range=30d&metric=drop_off');
  },
  TIMEOUT_MS,
);

test(
  'a chart tells its numbers under the pointer',
  async () => {
    const page = await open('funnel?site=shop');
    await page.locator('.chart canvas').first().waitFor();
    const chart = page.locator('.chart');
    const width = (await chart.boundingBox())?.width ?? 0;
    await chart.hover({ position: { x: width * 0.35, y: 150 } });
    const second = answerOf('funnel')[1];
    const [low, high] = [second?.number('low') ?? 0, second?.number('high') ?? 0];
    await page.locator('.tip').getByText(`${percent(low)} to ${percent(high)}`).waitFor();
  },
  TIMEOUT_MS,
);

describe('a chart is saved as a picture with its title, site and days', () => {
  const saved = async (section: string, kind: 'SVG' | 'PNG'): Promise<{ name: string; bytes: Buffer }> => {
    const page = await open(section);
    await page.locator('.chart canvas').first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: kind }).click(),
    ]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  };

  test.each([
    ['paths', 'The most frequent transitions', '(start)'],
    ['signals', 'Signals: sessions', 'field abandoned'],
  ])(
    '%s as SVG',
    async (section, title, label) => {
      const { name, bytes } = await saved(`${section}?site=shop&range=2026-11-01..2026-11-30`, 'SVG');
      expect(name).toBe(`wayside-shop-${section}.svg`);
      const svg = bytes.toString('utf8');
      for (const words of [title, 'shop · 1 Nov 2026 – 30 Nov 2026 · usual traffic', label]) expect(svg).toContain(words);
      expect(svg).not.toMatch(/<script|NaN/);
      // A document without the CSP, as a program that opens the file: it is well-formed, and the chart is inside.
      const reader = await used.browser().newPage();
      const shapes = await reader.evaluate((text) => {
        const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
        return parsed.querySelector('parsererror') === null ? parsed.querySelectorAll('svg svg path').length : 0;
      }, svg);
      await reader.close();
      expect(shapes).toBeGreaterThan(5);
    },
    TIMEOUT_MS,
  );

  test(
    'paths as PNG, twice as dense as the page',
    async () => {
      const { name, bytes } = await saved('paths?site=shop', 'PNG');
      expect(name).toBe('wayside-shop-paths.png');
      expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
      const width = await used.page()?.locator('.chart').evaluate((chart) => chart.clientWidth);
      expect(bytes.readUInt32BE(16)).toBe(2 * ((width ?? 0) + 40));
    },
    TIMEOUT_MS,
  );
});

test(
  'a phone shows the columns that say most, and all of them on demand',
  async () => {
    const page = await open('signals?site=shop', PHONE);
    const headers = page.locator('.table-card thead th');
    await headers.first().waitFor();
    expect(await headers.allTextContents()).toEqual(['Signal', 'Family', 'Sessions']);
    await page.getByRole('button', { name: /^Show all \d+ columns$/ }).click();
    expect(await headers.count()).toBeGreaterThan(5);
    await page.getByRole('button', { name: 'Show fewer columns' }).click();
    expect(await headers.count()).toBe(3);
  },
  TIMEOUT_MS,
);

test(
  'the tab of the open section is in sight on a phone',
  async () => {
    const page = await open('signals?site=shop', PHONE);
    const tab = page.getByRole('link', { name: 'Signals', exact: true });
    await page.evaluate(() => document.fonts.ready);
    await expect
      .poll(async () => {
        const { x = -1, width = 0 } = (await tab.boundingBox()) ?? {};
        return x >= 0 && x + width <= PHONE.viewport.width;
      })
      .toBe(true);
  },
  TIMEOUT_MS,
);
