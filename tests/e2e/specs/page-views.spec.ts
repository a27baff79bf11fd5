// Page views: one for each page that a visitor sees, whichever way it came.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, expectJourney, journey, ofKind, test, views, visitorOf } from '../support/test.ts';

/** Serves a page of tests/e2e/pages on the shop's origin and opens it. */
async function openOwn(page: Page, name: string): Promise<void> {
  const body = await readFile(join(import.meta.dirname, '../pages', name), 'utf8');
  await page.route(`**/own/${name}`, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  await page.goto(`/own/${name}`);
}

test('a load, a link, a reload and a step back are one view each', async ({ base, page }) => {
  await page.goto('/shop/');
  await visitorOf(page);
  await page.getByRole('link', { name: 'Help' }).click();
  await visitorOf(page);
  await page.reload();
  await visitorOf(page);
  await page.goBack();
  const visitor = await visitorOf(page);
  await expectJourney(base, visitor, views, ['/shop/ link', '/shop/help.html link', '/shop/help.html reload', '/shop/ back_forward']);
});

test('a view says where the visitor came from', async ({ base, page }) => {
  await page.goto('/shop/?utm_source=letter&utm_medium=email&utm_campaign=spring', { referer: 'https://mail.example.org/' });
  const visitor = await visitorOf(page);
  const view = ['source', 'medium', 'campaign', 'referrer'];
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'page_view').map((row) => view.map((name) => row[name])), [['letter', 'email', 'spring', 'https://mail.example.org/']]);
});

test('secrets in an address stay in the page', async ({ base, page }) => {
  await page.goto('/shop/help.html?token=s3cr3t-t0k3n&email=ada%40example.org#access_token=abc');
  const visitor = await visitorOf(page);
  await expectJourney(base, visitor, (rows) => views(rows).length, 1);
  const arrived = JSON.stringify(await journey(base, visitor));
  expect(arrived).not.toContain('s3cr3t');
  // The whole address, because the random identities in the answer may contain its letters.
  expect(arrived).not.toMatch(/ada(@|%40)example/);
  expect(arrived).not.toContain('access_token');
});

test('pushState and replaceState to another address are a view each, to the same address none', async ({ base, page }) => {
  await openOwn(page, 'spa.html');
  const visitor = await visitorOf(page);
  await page.evaluate(() => {
    history.pushState({}, '', '/own/first');
    // Routers replace the entry they have just pushed, to keep a scroll position in it.
    history.replaceState({ y: 0 }, '', '/own/first');
    history.pushState({ again: true }, '', '/own/first');
  });
  await expectJourney(base, visitor, views, ['/own/spa.html link', '/own/first spa']);
  await page.evaluate(() => history.replaceState({}, '', '/own/second'));
  await expectJourney(base, visitor, views, ['/own/spa.html link', '/own/first spa', '/own/second spa']);
});

test('going back between views of one page is a view', async ({ base, page }) => {
  await openOwn(page, 'spa.html');
  const visitor = await visitorOf(page);
  await page.evaluate(() => history.pushState({}, '', '/own/first'));
  await expectJourney(base, visitor, views, ['/own/spa.html link', '/own/first spa']);
  await page.evaluate(() => history.back());
  await expectJourney(base, visitor, views, ['/own/spa.html link', '/own/first spa', '/own/spa.html spa']);
});

test('a jump to an anchor on the page is no view', async ({ base, page }) => {
  await openOwn(page, 'spa.html');
  const visitor = await visitorOf(page);
  await page.getByRole('link', { name: 'Details' }).click();
  await page.evaluate(() => window.wayside('after_the_jump'));
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'page_view', 'after_the_jump').map((row) => row.kind), ['page_view', 'after_the_jump']);
});

test('a route behind the hash is a view', async ({ base, page }) => {
  await openOwn(page, 'spa.html');
  const visitor = await visitorOf(page);
  await page.evaluate(() => {
    location.hash = '#/products';
  });
  await expectJourney(base, visitor, (rows) => views(rows).length, 2);
  await page.evaluate(() => {
    location.hash = '#/products';
    window.wayside('after_the_route');
  });
  await expectJourney(base, visitor, (rows) => ofKind(rows, 'page_view', 'after_the_route').map((row) => row.kind), ['page_view', 'page_view', 'after_the_route']);
});

test('the page’s own history functions work as before', async ({ page }) => {
  await openOwn(page, 'spa.html');
  await visitorOf(page);
  const state = await page.evaluate(() => {
    history.pushState({ a: 1 }, '', '/own/first');
    return { state: history.state as unknown, path: location.pathname };
  });
  expect(state).toEqual({ state: { a: 1 }, path: '/own/first' });
});
