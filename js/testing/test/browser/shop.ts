// A shop of one page, with the real SDK, below an address that no network knows.

import type { Page } from '@playwright/test';

/** Longer than anything takes, on a busy machine too; the fixture's own default is five seconds. */
export const PATIENCE_MS = 30_000;

export const SHOP = 'https://shop.example/';

/** The script tag of a collector that is not there. What a page captures by itself would come between what a test has done. */
export const TAG = '<script async src="https://collect.example/wayside.js" data-site="shop" data-off="click dead_click"></script>';

export const BUY = `<button data-wayside-add_to_cart='{"currency":"EUR","value":19.9,"items":[{"item_id":"mug","price":19.9}]}'>Buy</button>`;

/** Serves a page at every address of the shop, and opens its first. */
export async function open(page: Page, body: string, tag = TAG): Promise<void> {
  const html = `<!doctype html><html lang="en"><title>Mugs</title><link rel="icon" href="data:,">${tag}${body}</html>`;
  await page.route(`${SHOP}**`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(SHOP);
}
