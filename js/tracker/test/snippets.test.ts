// Every example of the docs for pages, pasted into a page: it throws nothing, with the script there, three seconds late, or blocked.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { inChromium, options, page, shop } from './shop.ts';

inChromium();

const ROOT = `${import.meta.dirname}/../../..`;
/** `testing.md` has whole programs, which a test of their own runs. */
const FILES = ['README.md', ...readdirSync(`${ROOT}/docs`).filter((file) => file.endsWith('.md') && file !== 'testing.md').map((file) => `docs/${file}`)];
/** The most characters of the queue line: it stands in the head of each page of a shop. */
const QUEUE_MAX = 200;

interface Snippet {
  file: string;
  language: string;
  text: string;
}

const snippets: Snippet[] = FILES.flatMap((file) =>
  [...readFileSync(`${ROOT}/${file}`, 'utf8').matchAll(/\n```(html|js)\n([\s\S]*?)```/g)]
    .map(([, language = '', text = '']) => ({ file, language, text }))
    // A bundler's module cannot be pasted into a page.
    .filter(({ text }) => text.includes('wayside') && !/^import /m.test(text)),
);
const queues = snippets.flatMap(({ text }) => [...text.matchAll(/<script>(window\.wayside\?\?=.*)<\/script>/g)].map(([, line = '']) => line));
const [QUEUE = ''] = queues;

test('the queue line is one, and short', () => {
  assert.ok(QUEUE.length > 0 && QUEUE.length <= QUEUE_MAX, `${QUEUE.length}`);
  assert.equal(new Set(queues).size, 1);
  assert.ok(snippets.length > 5, `${snippets.length}`);
});

/** A page with the queue line and the snippet; the script tag of the snippet, or the shop's own. */
function pasted({ language, text }: Snippet): string {
  const queue = `<script>${QUEUE}</script>`;
  const tag = '<script async src="/wayside.js" data-site="shop"></script>';
  const own = text.replaceAll(/https:\/\/(collect|wayside)\.example|\/static(?=\/wayside)/g, '');
  // `offerHelp` and the like are functions of the shop.
  const body = language === 'html' ? own : `${tag}<script type="module">${own}</script>`;
  return `<!doctype html><title>Shop</title><link rel="icon" href="data:,">${queue}${body}`;
}

for (const way of ['there', 'three seconds late', 'blocked']) {
  test(`every example of the docs runs with the script ${way}`, options, async () => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.route('**/wayside.js', async (route) => {
      if (way === 'blocked') return route.abort();
      if (way !== 'there') await new Promise((resolve) => setTimeout(resolve, 3_000));
      return route.continue();
    });
    for (const snippet of snippets) {
      shop.paths['/'] = pasted(snippet);
      await page.goto(shop.origin);
      const answer = await page.evaluate(() => window.wayside.status());
      if (way !== 'blocked' && !/data-(consent|endpoint)/.test(snippet.text)) assert.ok('captured' in answer, snippet.text);
      assert.deepEqual(errors, [], `${snippet.file}: ${snippet.text}`);
    }
  });
}

test('calls of the queue are taken over in their order, and its promises get the answers', options, async () => {
  shop.serve('', { head: `<script>${QUEUE}</script>`, attributes: 'data-off="page_view click user_engagement"' });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/wayside.js', (route) => held.then(() => route.continue()));
  await page.goto(shop.origin, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.wayside);
  await page.evaluate(() => {
    const { wayside } = window;
    window.noted = [];
    wayside('first', { n: 1 });
    void (wayside.on('touchpoint', ({ kind, name }) => window.noted.push(name ?? kind)) as unknown as Promise<() => void>).then((off) => window.noted.push(typeof off));
    wayside('second');
    void wayside.flush().then(() => window.noted.push('flushed'));
    void wayside.status().then(({ captured }) => window.noted.push(captured));
  });
  release();
  await shop.sink.until(() => (shop.sink.touchpoints().length > 1 ? true : undefined), 60_000);
  await page.waitForFunction(() => window.noted.includes('flushed'));
  assert.deepEqual(
    shop.sink.touchpoints().map(({ kind }) => kind),
    ['first', 'second'],
  );
  const noted = await page.evaluate(() => window.noted);
  for (const one of ['function', 'first', 'second', 'flushed', 2]) assert.ok(noted.includes(one), `${String(one)}: ${JSON.stringify(noted)}`);
});
