// The same tests in Chromium, Firefox and WebKit: the tracker as it is shipped, the collector as it is served, a shop on another
// site. What each engine showed is held against docs/engines.md, or written there with --write.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WebDriver } from 'selenium-webdriver';
import { Collector } from '../e2e/support/collector.ts';
import { CAPABILITIES } from './capabilities.ts';
import { ENGINES, type Driver, type Engine, type Settings } from './support/engine.ts';
import { Shop } from './support/shop.ts';
import { hold, type Column } from './support/table.ts';
import { Visit } from './support/visit.ts';
import { becomes } from './support/wait.ts';

/** None takes longer, on a busy machine either. */
const options = { timeout: 120_000 };

const columns: Column[] = ENGINES.map(({ name }) => ({ engine: name, version: '', facts: new Map() }));

describe('engines', { concurrency: ENGINES.length }, () => {
  ENGINES.forEach((engine, at) => prove(engine, columns[at]!));
});

test('docs/engines.md says what ran', () => hold(CAPABILITIES.map(({ name }) => name), columns, process.argv.includes('--write')));

/** One engine, with a collector of its own: a test may kill it. */
function prove(engine: Engine, column: Column): void {
  describe(engine.name, { concurrency: 1 }, () => {
    let collector: Collector;
    let driver: Driver;
    /** The browser of all tests that need nothing special. Each has a new origin there, whose storage is empty. */
    let browser: WebDriver | undefined;

    before(async () => {
      collector = await Collector.start();
      driver = await engine.start();
    });
    after(async () => {
      await quit();
      await driver?.stop();
      await collector?.stop();
    });

    const quit = async (): Promise<void> => {
      await browser?.quit();
      browser = undefined;
    };

    const visit = async (settings: Settings | undefined, then: (visit: Visit) => Promise<void>): Promise<void> => {
      if (settings) await quit();
      browser ??= await driver.open(settings);
      const shop = new Shop(collector.base);
      await shop.open();
      try {
        // Cookies do not belong to a port: those of the test before are removed, from a page without Wayside.
        shop.put('/clean', { script: '' });
        await browser.get(`${shop.origin}/clean`);
        await browser.manage().deleteAllCookies();
        column.version ||= String((await browser.getCapabilities()).get('browserVersion'));
        await then(new Visit(browser, shop, collector));
      } finally {
        if (settings) await quit();
        await shop.close();
      }
    };

    test(`${engine.name}: what goes wrong in a page is seen here`, options, () =>
      visit(undefined, async (visit) => {
        const body = `<script>Promise.reject('refused'); console.error('logged'); setTimeout(() => { throw new Error('thrown') })</script>`;
        visit.shop.put('/', { script: '', body });
        await visit.open();
        const seen = async (): Promise<string[]> => (await visit.troubles()).map((trouble) => /refused|logged|thrown/.exec(trouble)?.[0] ?? trouble).sort();
        await becomes(seen, ['logged', 'refused', 'thrown']);
        await becomes(async () => visit.shop.troubles.size, 3);
      }));

    for (const capability of CAPABILITIES) {
      test(`${engine.name}: ${capability.name}`, options, () =>
        visit(capability.settings, async (visit) => {
          const fact = await capability.prove(visit);
          assert.deepEqual(await visit.troubles(), [], 'the page saw an error');
          column.facts.set(capability.name, fact);
        }));
    }
  });
}
