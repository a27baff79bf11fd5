/** What the page says where it has no numbers: empty sites, failures, and readers without a login. */

import { expect, test } from 'vitest';

import { hashOf, startBrowser, TIMEOUT_MS } from './browser.ts';

const used = startBrowser();
const { open, problems } = used;

test(
  'a site without data shows the line to paste, with this server and the site in it',
  async () => {
    const page = await open('overview?site=new-shop');
    const line = `<script async src="${used.base()}wayside.js" data-site="new-shop"></script>`;
    expect(await page.locator('.snippet').textContent()).toBe(line);
  },
  TIMEOUT_MS,
);

test(
  'days without data say so and lead to all data',
  async () => {
    const page = await open('funnel?site=ecom&range=7d');
    await page.getByText('The data of ecom runs from 1 Apr 2025 to 30 Sept 2025.').waitFor();
    await page.getByRole('link', { name: 'Show all data' }).click();
    await page.locator('.verdict').waitFor();
  },
  TIMEOUT_MS,
);

test(
  'a site that only automated browsers have visited says so and shows their visits',
  async () => {
    const page = await open('funnel?site=robots&range=30d');
    await page.getByRole('heading', { name: 'So far only automated browsers have visited robots' }).waitFor();
    await page.getByText(/^6 touchpoints arrived from tests/).waitFor();
    await page.getByRole('link', { name: 'Show automated visits' }).click();
    await page.locator('.verdict').waitFor();
    expect(hashOf(page)).toBe('#/funnel?site=robots&traffic=automated');
  },
  TIMEOUT_MS,
);

test(
  'a failure says what, where and what to do, and can be tried again',
  async () => {
    const page = await open('overview?site=shop');
    await page.route(
      '**/api/reports/checkout?*',
      (route) =>
        route.fulfill({
          status: 503,
          headers: { 'retry-after': '3' },
          json: { error: { code: 'unavailable', message: 'the table is being compacted' } },
        }),
      { times: 1 },
    );
    await page.getByRole('link', { name: 'Checkout', exact: true }).click();
    const box = page.getByRole('alert');
    await box.waitFor();
    expect(await box.textContent()).toMatch(
      /The table is being compacted\.The server is busy\. Try again in 3 s\.Asked: api\/reports\/checkout\?site=shop \(503 unavailable\)/,
    );
    // The browser reports the refusal on its console; that one is meant.
    expect(problems.splice(0)).toHaveLength(1);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.route').waitFor();
  },
  TIMEOUT_MS,
);

test(
  'a refused report says why, and is asked for again on demand',
  async () => {
    const page = await open('overview?site=shop');
    let refusals = 1;
    await page.route('**/api/reports/paths?*', async (route) => {
      if (refusals === 0) return route.continue();
      refusals -= 1;
      return route.fulfill({ status: 400, json: { error: { code: 'malformed', message: 'top is not a number' } } });
    });
    await page.getByRole('link', { name: 'Paths', exact: true }).click();
    await page.getByRole('alert').getByText('Top is not a number.').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.chart canvas').first().waitFor();
    expect(problems.splice(0)).toEqual([expect.stringContaining('400')]);
  },
  TIMEOUT_MS,
);

test(
  'a section that the server no longer has says so',
  async () => {
    const page = await open('overview?site=shop');
    await page.route('**/assets/paths-*.js', (route) => route.fulfill({ status: 404 }));
    await page.getByRole('link', { name: 'Paths', exact: true }).click();
    await page.getByRole('alert').getByText('This section could not be loaded from the server.').waitFor();
    // The browser reports the missing file; the page has nothing to add.
    expect(problems.splice(0)).toEqual([expect.stringContaining('404')]);
  },
  TIMEOUT_MS,
);

const LOGIN_PAGE = { contentType: 'text/html', body: '<title>Log in</title>' };

test(
  'a reader whose login has ended is asked to log in, and comes back to the same section',
  async () => {
    const page = await open('overview?site=shop');
    await page.route('**/login', (route) => route.fulfill(LOGIN_PAGE));
    await page.route(
      '**/api/reports/checkout?*',
      (route) => route.fulfill({ status: 401, json: { error: { code: 'read_token', message: 'the token is missing' } } }),
      { times: 1 },
    );
    await page.getByRole('link', { name: 'Checkout', exact: true }).click();
    await page.waitForURL('**/login');
    // The browser reports the refusal on its console; that one is meant.
    expect(problems.splice(0)).toEqual([expect.stringContaining('401')]);
    await page.goto(used.base());
    await page.locator('.route').waitFor();
    expect(hashOf(page)).toBe('#/checkout?site=shop');
  },
  TIMEOUT_MS,
);

test(
  'a live stream that needs a login leads to it',
  async () => {
    const page = await open('overview?site=shop');
    const refusal = { status: 401, json: { error: { code: 'read_token', message: 'the token is missing' } } };
    await page.route('**/login', (route) => route.fulfill(LOGIN_PAGE));
    await page.route('**/api/live?*', (route) => route.fulfill(refusal));
    await page.route('**/api/sites', (route) => route.fulfill(refusal));
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page.waitForURL('**/login');
    expect(problems.splice(0)).toEqual(expect.arrayContaining([expect.stringContaining('401')]));
  },
  TIMEOUT_MS,
);

test(
  'a reader can log out where the server has a login, and only there',
  async () => {
    const page = await open('overview?site=shop');
    const button = page.getByRole('button', { name: 'Log out' });
    expect(await button.count()).toBe(0);
    await page.route('**/api/session', (route) => route.fulfill({ json: { login: true } }));
    await page.route('**/login', (route) => route.fulfill(LOGIN_PAGE));
    await page.route('**/logout', (route) => route.fulfill({ status: 204 }));
    await page.reload();
    const [request] = await Promise.all([page.waitForRequest('**/logout'), button.click()]);
    expect(request.method()).toBe('POST');
    await page.waitForURL('**/login');
  },
  TIMEOUT_MS,
);
