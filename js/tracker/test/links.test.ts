// Links and forms between the shop's domains, which share neither cookies nor storage.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, becomes, context, flush, onManyHosts, page, shop, visit, visitor, visitors } from './hosts.ts';
import { options } from './shop.ts';

onManyHosts();

const DOMAINS = 'data-link-domains="shop.example other.example"';
const TARGET = (): string => at('www.other.example', '/next?a=1&utm_source=menu#top');

/** Serves pages with a link and two forms to the other domain, and one link elsewhere. */
const serve = (attributes = DOMAINS): void => {
  const form = (id: string, method: string): string =>
    `<form method="${method}" action="${TARGET()}"><input name="size" value="m"><button id="${id}">${id}</button></form>`;
  shop.serve(
    `<a id="link" href="${TARGET()}">Other</a><a id="tab" target="_blank" href="${TARGET()}">Tab</a>
     <a id="stranger" href="${at('www.stranger.example', '/next')}">Elsewhere</a>${form('get', 'get')}${form('post', 'post')}`,
    { attributes },
  );
};

/** The address of the page when it was requested. */
const asked: string[] = [];
const watch = (): void => {
  asked.length = 0;
  context.on('request', (request) => request.isNavigationRequest() && asked.push(request.url()));
};

describe('to another domain of the shop', () => {
  for (const way of ['link', 'tab', 'get', 'post']) {
    test(`by ${way}: one visitor, and the address is clean again`, options, async () => {
      serve();
      watch();
      const id = await visit(at('www.shop.example', '/?utm_source=news&utm_medium=email'));
      const opened = way === 'tab' ? context.waitForEvent('page') : undefined;
      await page.click(`#${way}`);
      const there = (await opened) ?? page;
      await there.waitForURL(/other\.example/);
      assert.equal(await visitor(there), id);
      assert.match(asked.at(-1)!, /[?&]_ws=/, 'the mark was there');
      const expected = way === 'get' ? at('www.other.example', '/next?size=m#top') : TARGET();
      assert.equal(await there.evaluate(() => location.href), expected);
      await flush(there);
      await becomes(() => shop.told('page_view').length > 1);
      assert.deepEqual(visitors(), [id]);
      assert.deepEqual([...new Set(shop.sink.touchpoints().map(({ session, channel }) => `${session} ${channel}`))], ['0 Email']);
      assert.ok(!shop.bodies.some((body) => body.includes('_ws=')), 'it is recorded nowhere');
      if (way === 'tab') assert.equal(await page.evaluate(() => document.getElementById('tab')!.getAttribute('href')), TARGET(), 'the link is clean, too');
      // It stays with the visitor there.
      assert.equal(await visit(at('checkout.other.example'), there), id);
    });
  }

  test('not without consent, not elsewhere, and not within the domain', options, async () => {
    serve(`${DOMAINS} data-consent="unknown"`);
    watch();
    await visit(at('www.shop.example'));
    await page.click('#link');
    await page.waitForURL(/other\.example/);
    serve();
    await visit(at('www.shop.example'));
    await page.click('#stranger');
    await page.waitForURL(/stranger\.example/);
    await visit(at('www.shop.example'));
    await page.evaluate((url) => document.getElementById('link')!.setAttribute('href', url), at('checkout.shop.example'));
    await page.click('#link');
    await page.waitForURL(/checkout\.shop\.example/);
    assert.deepEqual(asked.filter((url) => url.includes('_ws=')), []);
  });
});

describe('a mark is taken over', () => {
  /** The address that a link leads to, with its mark. */
  const marked = async (): Promise<string> => {
    serve();
    watch();
    await visit(at('www.shop.example'));
    await page.click('#link');
    await page.waitForURL(/other\.example/);
    return asked.at(-1)!;
  };
  const from = async (referrer: string, url: string): Promise<string> => {
    await context.clearCookies();
    for (const one of context.pages()) await one.evaluate(() => localStorage.clear()).catch(() => {});
    await page.goto(url, { referer: referrer });
    return visitor();
  };

  test('from the shop\'s domains only, in the same browser, and for two minutes', options, async () => {
    const url = await marked();
    const id = /_ws=([0-9a-f]+)/.exec(url)![1];
    assert.equal(await from(at('www.shop.example'), url), id);
    for (const [why, referrer, address] of [
      ['from a stranger', at('www.stranger.example'), url],
      ['from a bookmark', '', url],
      ['changed', at('www.shop.example'), url.replace(/_ws=./, '_ws=z')],
      ['of a made-up visitor', at('www.shop.example'), url.replace(/_ws=[^&#]*/, '_ws=0123.1764000000000.1')],
      ['without a value', at('www.shop.example'), url.replace(/_ws=[^&#]*/, '_ws=')],
    ] as const) {
      assert.notEqual(await from(referrer, address), id, why);
      if (why !== 'without a value') assert.ok(!(await page.evaluate(() => location.href)).includes('_ws'), why);
    }
    // A mark of three minutes ago: the page's clock is ahead.
    await page.addInitScript(() => {
      const { now } = Date;
      Date.now = () => now() + 180_000;
    });
    assert.notEqual(await from(at('www.shop.example'), url), id, 'old');
  });

  test('only with consent: until then it is in memory', options, async () => {
    const url = await marked();
    const id = /_ws=([0-9a-f]+)/.exec(url)![1];
    serve(`${DOMAINS} data-consent="unknown"`);
    await from(at('www.shop.example'), url);
    assert.deepEqual(await page.evaluate(() => [document.cookie, localStorage.length]), ['', 0]);
    await page.evaluate(() => window.wayside.consent('granted'));
    assert.equal(await visitor(), id);
  });

  test('a page without the option changes nothing in its address', options, async () => {
    const url = await marked();
    serve('');
    await from(at('www.shop.example'), url);
    assert.equal(await page.evaluate(() => location.href), url);
  });
});

test('a payment provider and the hosts that a site names are no referral', options, async () => {
  shop.serve('<a id="go">Go</a>', { attributes: 'data-own-hosts="stranger.example"' });
  shop.paths['/pay'] = '<meta name="referrer" content="unsafe-url"><a id="go">Back</a>';
  const follow = async (url: string): Promise<void> => {
    await page.evaluate((url) => document.getElementById('go')!.setAttribute('href', url), url);
    await page.click('#go');
    await page.waitForURL(url);
  };
  await visit(at('www.shop.example', '/?utm_source=news&utm_medium=email'));
  for (const host of ['www.paypal.com', 'pay.stranger.example']) {
    await page.goto(at(host, '/pay'));
    await follow(at('www.shop.example', '/next'));
    await visitor();
    await flush();
  }
  await page.goto(at('www.other.example', '/pay'));
  await follow(at('www.shop.example', '/next'));
  await visitor();
  await flush();
  const views = shop.told('page_view');
  assert.deepEqual(views.map(({ referrer }) => referrer), [undefined, undefined, undefined, at('www.other.example', '/pay')]);
  assert.deepEqual([...new Set(shop.sink.touchpoints().map(({ session, channel }) => `${session} ${channel}`))], ['0 Email']);
});
