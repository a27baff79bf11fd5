// What every test starts from: a visitor in a real browser, and a look at what the collector has of them. A console
// error, a page error or an unhandled rejection on any page fails the test.

import { expect, test as playwright, type BrowserContext, type Page } from '@playwright/test';
import { journey, type PageApi, type Row } from './journey.ts';

declare global {
  interface Window {
    wayside: PageApi;
    dataLayer: unknown[];
    seen: Record<string, unknown>[];
  }
}

interface Fixtures {
  /** Where the collector listens. */
  base: string;
  /** The console errors that a test brings about on purpose; none unless the test says otherwise. */
  allowed: RegExp | undefined;
  /** The errors seen so far on any page of the context. */
  troubles: string[];
}

/** `test` with the collector's address, and with errors that fail. */
export const test = playwright.extend<Fixtures>({
  base: async ({}, use) => {
    const base = process.env.WAYSIDE_BASE;
    if (!base) throw new Error('WAYSIDE_BASE is not set: the global setup has not run');
    await use(base);
  },
  baseURL: async ({ base }, use) => use(base),
  allowed: [undefined, { option: true }],
  troubles: [
    async ({ context, allowed }, use) => {
      const troubles: string[] = [];
      watch(context, troubles);
      await use(troubles);
      expect(troubles.filter((trouble) => !allowed?.test(trouble))).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
export { journey, ofKind, views, type Row } from './journey.ts';

/** Writes down what goes wrong on the pages of a context. */
function watch(context: BrowserContext, troubles: string[]): void {
  // Playwright reports an unhandled rejection as a page error.
  context.on('weberror', (error) => troubles.push(`page error: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console error: ${message.text()}`);
  });
}

/** The visitor's id, once the tracker runs. */
export async function visitorOf(page: Page): Promise<string> {
  await page.waitForFunction(() => typeof window.wayside?.visitor === 'function');
  return page.evaluate(() => window.wayside.visitor());
}

/** Waits until the visitor's journey, cut down by `view`, equals `wanted`. */
export async function expectJourney<T>(base: string, visitor: string, view: (rows: Row[]) => T, wanted: T): Promise<void> {
  // Who cannot be asked now may answer next time.
  const ask = (): Promise<unknown> => journey(base, visitor).then(view).catch((error: unknown) => error);
  await expect.poll(ask).toEqual(wanted);
}
