// The settings of a site in `wayside.toml`: pages get them with an answer to a batch and follow them from the next page on, and the reports
// follow the same.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Collector } from '../support/collector.ts';
import { expect, test } from '../support/test.ts';

const SETTINGS = `
[sites.shop]
off = "copy click"
steps = "address=/page/address"
stages = { newsletter = "advocacy" }
stage_labels = { advocacy = "Loyalty" }
thresholds = { "quick_back.stay_ms" = 0 }
`;

test('a page follows the settings of its site from its second load on, and so do the reports', async ({ page }) => {
  const collector = await Collector.start();
  try {
    await writeFile(join(collector.data, 'wayside.toml'), SETTINGS);
    await collector.kill();
    await collector.resume();
    const kinds = async (): Promise<string[]> => {
      const sql = 'SELECT kind FROM events ORDER BY time, seq';
      const { stdout } = await promisify(execFile)(collector.program, ['sql', sql, '--data', collector.data, '--format', 'json']);
      return (JSON.parse(stdout) as { rows: string[][] }).rows.map(([kind]) => kind!);
    };
    const urls: string[] = [];
    page.on('request', (request) => request.url().includes('/v1/batch') && urls.push(request.url()));
    const html = `<!doctype html><title>Mugs</title><button>Menu</button><script async src="${collector.base}/wayside.js" data-site="shop"></script>`;
    await page.route('**/page/**', (route) => route.fulfill({ contentType: 'text/html', body: html }));
    const visit = async (stage: string): Promise<string> => {
      await page.goto(`${collector.base}/page/address`);
      await page.waitForFunction(() => 'flush' in (window.wayside ?? {}));
      await page.evaluate(() => window.wayside.status());
      await page.click('button');
      await page.evaluate(() => window.wayside('newsletter'));
      expect(await page.evaluate(() => window.wayside.stage())).toBe(stage);
      await page.evaluate(() => window.wayside.flush());
      return urls.at(-1)!;
    };
    expect(await visit('awareness')).not.toContain('settings=');
    expect(await kinds()).toEqual(['page_view', 'click', 'custom']);
    expect(await page.evaluate(() => localStorage.getItem('wayside.settings.shop'))).toContain('"off":"copy click"');

    expect(await visit('advocacy')).toMatch(/&settings=[0-9a-f]+$/);
    const second = (await kinds()).slice(3).filter((kind) => !['user_engagement', 'web_vitals'].includes(kind));
    expect(second).toEqual(['page_view', 'checkout_step', 'custom']);

    const sql = "SELECT DISTINCT stage FROM events WHERE name = 'newsletter'";
    const { stdout } = await promisify(execFile)(collector.program, ['sql', sql, '--data', collector.data, '--format', 'json']);
    expect(JSON.parse(stdout).rows).toEqual([['advocacy']]);
    const [site] = (await (await fetch(`${collector.base}/api/sites`)).json()) as [{ stage_labels: unknown }];
    expect(site.stage_labels).toEqual({ advocacy: 'Loyalty' });

    // Without settings any more, the next answer takes them back.
    await writeFile(join(collector.data, 'wayside.toml'), '[sites.shop]\n');
    await collector.kill();
    await collector.resume();
    await page.evaluate(() => (window.wayside('quiz'), window.wayside.flush()));
    expect(await page.evaluate(() => localStorage.getItem('wayside.settings.shop'))).toBe('');
  } finally {
    await collector.stop();
  }
});
