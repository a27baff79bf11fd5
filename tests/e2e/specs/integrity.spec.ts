// A script tag that is pinned to the server's file runs, and one that is pinned to another file does no harm.

import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { BINARY, SDK } from '../support/collector.ts';
import { expect, expectJourney, ofKind, test, visitorOf } from '../support/test.ts';

/** The tag that `wayside script-tag` prints for a collector. */
async function pinned(collector: string): Promise<string> {
  const { stdout } = await promisify(execFile)(BINARY, ['script-tag', '--site', 'shop', '--url', collector, '--sdk', SDK, '--integrity']);
  expect(stdout).toMatch(/^<script async src="\S+\/wayside\.js" integrity="sha384-[\w+/]{64}" crossorigin="anonymous" data-site="shop"><\/script>\n$/);
  return stdout;
}

/** A shop's page with the tag, from an origin of its own. */
async function shop(tag: string): Promise<{ server: Server; address: string }> {
  const page = `<!doctype html><link rel="icon" href="data:,"><title>Shop</title>
    <script>window.wayside ??= function () { (wayside.q ??= []).push(arguments) };</script>
    ${tag}
    <button onclick="wayside('view_item', { items: [{ item_id: 'mug' }] }); this.textContent = 'Seen'">See</button>`;
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

test('a tag pinned to the file that the server has', async ({ base, page }) => {
  const { server, address } = await shop(await pinned(base));
  await page.goto(address);
  await page.getByRole('button').click();
  await expectJourney(base, await visitorOf(page), (rows) => ofKind(rows, 'page_view', 'view_item').map((row) => row.kind), ['page_view', 'view_item']);
  server.close();
});

test.describe('after an upgrade', () => {
  // The browser itself reports that it runs nothing; nothing else may go wrong.
  test.use({ allowed: /Failed to find a valid digest in the 'integrity' attribute for resource '\S+\/wayside\.js'/ });

  test('a tag pinned to another file runs nothing and breaks nothing', async ({ base, page, troubles }) => {
    const { server, address } = await shop((await pinned(base)).replace(/sha384-..../, 'sha384-AAAA'));
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(address);
    await expect.poll(() => troubles.length).toBe(1);
    await page.getByRole('button').click();
    await expect(page.getByRole('button')).toHaveText('Seen');
    expect(asked).toEqual(['/', '/wayside.js']);
    expect(await page.evaluate(() => [typeof window.wayside.visitor, Object.keys(localStorage).length])).toEqual(['undefined', 0]);
    server.close();
  });
});
