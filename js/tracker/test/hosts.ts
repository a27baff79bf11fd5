// Pages on several hosts, all of them on loopback: what they send is decoded by the model.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { chromium, type Browser, type BrowserContext, type Cookie, type Page } from 'playwright-core';
import { CHROMIUM, Shop } from './shop.ts';

/** Names that the browser takes for loopback: the shop's domain, its other domain, a stranger's, a payment provider's, and a shop of `co.uk`. */
const NAMES = ['shop.example', '*.shop.example', '*.other.example', '*.stranger.example', '*.mugs.co.uk', 'www.paypal.com'];

let browser: Browser;
export let context: BrowserContext;
export let page: Page;
export let shop: Shop;
let mistakes: string[];

/** Gives each test of a file a shop on many hosts and a page of its own. */
export function onManyHosts(): void {
  before(async () => {
    const rules = NAMES.map((name) => `MAP ${name} 127.0.0.1`).join(', ');
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', `--host-resolver-rules=${rules}`], ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  });
  after(() => browser.close());

  beforeEach(async () => {
    shop = new Shop();
    await shop.open();
    mistakes = [];
    context = await browser.newContext();
    page = await open();
  });
  afterEach(async () => {
    await context.close();
    await shop.close();
    assert.deepEqual(shop.sink.dead(), [], 'the model refused a touchpoint');
    assert.deepEqual(shop.sink.refusals(), [], 'the sink refused a batch');
    assert.deepEqual(mistakes, [], 'a page saw an error');
  });
}

/** A tab whose errors fail the test. */
export async function open(): Promise<Page> {
  const tab = await context.newPage();
  tab.on('pageerror', (error) => mistakes.push(String(error.stack)));
  tab.on('console', (message) => message.text().startsWith('wayside: wasm') && mistakes.push(message.text()));
  return tab;
}

/** The address of a page of this host. */
export const at = (host: string, path = '/'): string => shop.origin.replace('127.0.0.1', host) + path;

/** Opens a page and waits until Wayside answers in it. */
export async function visit(url: string, tab = page): Promise<string> {
  await tab.goto(url);
  return visitor(tab);
}

/** The visitor, once Wayside answers. */
export async function visitor(tab = page): Promise<string> {
  await tab.waitForFunction(() => window.wayside?.on);
  return tab.evaluate(() => window.wayside.visitor());
}

/** Has a page deliver what it has captured so far. */
export const flush = (tab = page): Promise<void> => tab.evaluate(() => window.wayside.flush());

/** The visitors of all touchpoints that arrived. */
export const visitors = (): string[] => [...new Set(shop.sink.touchpoints().map((touchpoint) => touchpoint.visitor as string))];

/** The cookies of this name. */
export const cookies = async (name: string): Promise<Cookie[]> => (await context.cookies()).filter((cookie) => cookie.name === name);

/** Waits until something is so. */
export async function becomes(ask: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 20));
}
