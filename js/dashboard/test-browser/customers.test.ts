/** The list of customers, the numbers that lead to it, and the journeys behind its rows. */

import { expect, test } from 'vitest';

import { count, money, percent } from '../src/data/format.ts';
import { answerOf } from './answers.ts';
import { hashOf, startBrowser, TIMEOUT_MS } from './browser.ts';

const { open } = startBrowser();

test(
  'a report without a section of its own is drawn from its columns, and leads to its customers and their journeys',
  async () => {
    const page = await open('overview?site=shop&range=30d');
    await page.getByRole('link', { name: 'Signals', exact: true }).click();
    await page.getByRole('heading', { name: 'Signals', level: 1 }).waitFor();
    await page.locator('.chart canvas').first().waitFor();
    await page.getByRole('combobox', { name: 'What the chart shows' }).selectOption('times');
    await page.getByRole('img', { name: /^Times: the \d+ largest/ }).waitFor();
    const found = answerOf('signals')[0];
    const customers = count(found?.number('customers') ?? 0);
    const row = page.getByRole('row', { name: new RegExp(`^${found?.text('signal')}`) }).first();
    const ends = ['share_of_sessions', 'share_of_sessions_low', 'share_of_sessions_high'] as const;
    const [share, low, high] = ends.map((name) => percent(found?.number(name) ?? 0));
    expect(await row.getByRole('cell').allTextContents()).toContain(`${share}${low} to ${high}`);
    await page.getByRole('combobox', { name: 'By' }).selectOption('signal');
    expect(hashOf(page)).toBe('#/signals?site=shop&range=30d&by=signal');
    await page.goBack();
    await row.getByRole('link', { name: customers, exact: true }).click();
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor();
    const asked = new URLSearchParams(hashOf(page).split('?')[1]);
    expect(['signal', 'stage', 'page', 'form', 'field'].map((name) => asked.get(name) ?? '')).toEqual(
      (['signal', 'stage', 'page', 'form', 'field'] as const).map((name) => found?.text(name) || '(none)'),
    );
  },
  TIMEOUT_MS,
);

test(
  'a long list of customers is read page by page, and leads to each journey',
  async () => {
    const page = await open('customers?site=ecom');
    await page.getByText('Customers 1 to 50 of 431.').waitFor();
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('Customers 51 to 100 of 431.').waitFor();
    const link = page.locator('.journey-link').first();
    const key = await link.textContent();
    await link.click();
    await page.getByRole('heading', { name: 'Journey of one customer' }).waitFor();
    expect(hashOf(page)).toBe(`#/customer?site=ecom&customer=${key}`);
  },
  TIMEOUT_MS,
);

test(
  'the list of customers is searched and sorted by the server, and each row opens a journey',
  async () => {
    const page = await open('customers?site=ecom&offset=50');
    const value = page.getByRole('columnheader', { name: 'Value' });
    await value.getByRole('button').click();
    await page.getByText('Customers 1 to 50 of 431.').waitFor();
    expect(hashOf(page)).toBe('#/customers?site=ecom&sort=value');
    expect(await value.getAttribute('aria-sort')).toBe('descending');
    const largest = Math.max(...answerOf('customers').map((row) => row.count('value')));
    const first = page.locator('.table-card tbody tr').first();
    await first.getByRole('cell', { name: money(largest, 'EUR'), exact: true }).waitFor();
    expect(await page.locator('.table-card tbody tr').count()).toBe(50);
    // The server does not sort by the stage.
    expect(await page.getByRole('columnheader', { name: 'Stage' }).getByRole('button').count()).toBe(0);

    await page.getByRole('searchbox', { name: 'Find a customer' }).fill('customer-1042');
    await page.keyboard.press('Enter');
    await page.getByText('Customers 1 to 1 of 1.').waitFor();
    expect(hashOf(page)).toBe('#/customers?site=ecom&sort=value&search=customer-1042');
    await first.getByRole('cell').last().click();
    await page.getByRole('heading', { name: 'Journey of one customer' }).waitFor();
    expect(hashOf(page)).toBe('#/customer?site=ecom&customer=customer-1042');
  },
  TIMEOUT_MS,
);

test(
  'the filters that led to a list of customers are named and can be removed',
  async () => {
    const page = await open('customers?site=shop&signal=rage_click&page=(none)&search=nobody');
    await page.getByRole('heading', { name: 'No customers match' }).waitFor();
    await page.getByRole('button', { name: 'Remove the filter page: (none)' }).click();
    await expect.poll(() => hashOf(page)).toBe('#/customers?site=shop&signal=rage_click&search=nobody');
    await page.getByRole('link', { name: 'Remove all filters' }).first().click();
    await page.locator('.journey-link').first().waitFor();
    expect(hashOf(page)).toBe('#/customers?site=shop');
  },
  TIMEOUT_MS,
);

test(
  'a field of the journey map leads to its customers',
  async () => {
    const page = await open('journey-map?site=shop');
    await page.getByRole('button', { name: /^awareness, Organic Search/ }).click();
    await page.locator('.cell-detail').getByRole('link', { name: /^List [\d,]+ customers$/ }).click();
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor();
    expect(hashOf(page)).toBe('#/customers?site=shop&stage=awareness&channel=Organic+Search');
  },
  TIMEOUT_MS,
);

test(
  'the profile of a customer stands above their journey, where the server has one',
  async () => {
    const page = await open('customer?site=shop&visitor=made-up-01');
    const described = { name: 'profile', title: 'Profile', doc: '', params: [] };
    await page.route('**/api/reports', async (route) => {
      const reports = (await (await route.fetch()).json()) as { name: string }[];
      await route.fulfill({ json: [...reports.filter(({ name }) => name !== 'profile'), described] });
    });
    await page.route('**/api/reports/profile?*', (route) =>
      route.fulfill({
        json: {
          report: 'profile',
          columns: [{ name: 'name' }, { name: 'of' }, { name: 'value', type: 'number' }, { name: 'unit' }, { name: 'text' }],
          rows: [
            ['revenue', 'EUR', 58.9, 'money', null],
            ['stage', null, null, null, '<b>purchase</b>'],
          ],
        },
      }),
    );
    const asked = page.waitForRequest('**/api/reports/profile?*');
    await page.getByRole('button', { name: 'Fetch the newest numbers' }).click();
    expect(new URL((await asked).url()).searchParams.get('visitor')).toBe('made-up-01');
    const profile = page.getByRole('region', { name: 'Profile' });
    await profile.getByText('€58.90').waitFor();
    await profile.getByText('<b>purchase</b>').waitFor();
    await page.getByRole('heading', { name: /^Visit 1/ }).waitFor();
    expect(await page.getByRole('link', { name: 'Profile', exact: true }).count()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'a journey is looked up by an identity',
  async () => {
    const page = await open('customer?site=shop');
    await page.getByText('Whose journey?').waitFor();
    await page.getByRole('combobox', { name: 'Identity of a' }).selectOption('customer');
    await page.getByRole('searchbox', { name: 'Identity' }).fill('C-1042');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Visit 1/ }).waitFor();
    expect(hashOf(page)).toBe('#/customer?site=shop&customer=C-1042');
  },
  TIMEOUT_MS,
);
