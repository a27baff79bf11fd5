/** Every section in a real Chromium: it draws, fits its screen, and breaks no accessibility rule. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';

import { reports } from '../dev/fixtures.ts';
import { parseReports } from '../src/data/report.ts';
import { sectionsOf } from '../src/sections.ts';
import { PHONE, startBrowser, TIMEOUT_MS } from './browser.ts';

/** The tabs of a server with all reports, a journey, and the Web Vitals of a site that has all of their bands. */
const OPENED = [
  ...sectionsOf(parseReports(reports())).map(({ name }) => name),
  'customer?visitor=made-up-01',
  'vitals?site=ecom',
];

const { open } = startBrowser();

describe.each([
  ['a desk', {}],
  ['a phone', PHONE],
])('a section fits the screen of %s, and can be used by everybody in light and dark colours:', (_, options) => {
  test.each(OPENED)(
    '%s',
    async (section) => {
      const page = await open(section, { ...options, colorScheme: 'light' });
      if (['funnel', 'checkout', 'paths'].includes(section)) await page.locator('.chart canvas').first().waitFor();
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(wider).toBe(0);
      await page.evaluate(AXE);
      expect(await brokenRules(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await brokenRules(page, COLOUR_RULES)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The only rules that depend on colours. The others would find the same in dark colours as in light ones. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

interface Axe {
  run(options: { runOnly?: readonly string[] }): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
    }[];
  }>;
}

/** The accessibility rules that the page breaks, each with its first place; all rules unless some are named. */
async function brokenRules(page: Page, only?: readonly string[]): Promise<string[]> {
  return page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run(runOnly === undefined ? {} : { runOnly });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  }, only);
}
