/** The built page in a real Chromium, against the development fixtures and with the CSP in force. */

import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { preview, type PreviewServer } from 'vite';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

/** A narrow phone: what fits there fits on a wider one. */
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

export const TIMEOUT_MS = 60_000;

export interface UsedBrowser {
  readonly open: (hash: string, options?: BrowserContextOptions) => Promise<Page>;
  /** What the page complained of. A test that provokes a complaint takes it out. */
  readonly problems: string[];
  readonly browser: () => Browser;
  /** The page that the test opened. */
  readonly page: () => Page | undefined;
  /** The address of the page without a section. */
  readonly base: () => string;
}

/** Starts a browser and the server of the build for the tests of a file. */
export function startBrowser(): UsedBrowser {
  let server: PreviewServer;
  let browser: Browser;
  let base: string;
  let context: BrowserContext | undefined;
  const problems: string[] = [];

  beforeAll(async () => {
    server = await preview({
      root: new URL('..', import.meta.url).pathname,
      preview: { port: 0, host: '127.0.0.1' },
      logLevel: 'error',
    });
    base = server.resolvedUrls?.local[0] ?? '';
    browser = await chromium.launch({
      executablePath: process.env['WAYSIDE_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    });
  }, TIMEOUT_MS);

  afterAll(async () => {
    await browser.close();
    await server.close();
  }, TIMEOUT_MS);

  /** A page that complains of nothing: a console error, an uncaught one or a breach of the CSP fails its test. */
  afterEach(async () => {
    await context?.close();
    context = undefined;
    expect(problems.splice(0)).toEqual([]);
  }, TIMEOUT_MS);

  async function open(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
    context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      acceptDownloads: true,
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`${base}#/${hash}`);
    await page.locator('main .card, main .tile, main .message').first().waitFor();
    return page;
  }

  return { open, problems, browser: () => browser, page: () => context?.pages()[0], base: () => base };
}

export const hashOf = (page: Page): string => new URL(page.url()).hash;
