// A shop of small pages: what they send is taken by the sink of @wayside/testing and decoded by the model.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { Sink } from '@wayside/testing';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Signal, Wayside } from '../src/types.ts';

/** None takes longer, on a busy machine either. */
export const options = { timeout: 180_000 };

/** The browser. */
export const CHROMIUM = [process.env['WAYSIDE_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path)) ?? '';

/** The fields that every touchpoint has. */
const ENVELOPE = ['writer', 'seq', 'time', 'visitor', 'site', 'customer', 'session', 'stage', 'channel', 'consent', 'automated', 'kind'];

const TYPES: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

declare global {
  interface Window {
    wayside: Wayside;
    /** Signals that the page received. */
    signals: Signal[];
    /** Values that a test collects in its page. */
    noted: unknown[];
  }
}

/** Pages, the SDK and a sink under one origin. */
export class Shop {
  readonly sink = new Sink();
  /** Bodies of all batches, copies among them. */
  readonly bodies: Buffer[] = [];
  /** Responses by path: a page, or a function that answers. */
  readonly paths: Record<string, string | Answer> = {};
  origin = '';

  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy());
  });

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await this.sink.close();
  }

  /** Serves a page with the script tag at each of `paths`. */
  serve(body = '', { attributes = '', head = '', paths = ['/', '/next'] } = {}): void {
    const tag = `<script async src="/wayside.js" data-site="shop" data-debug ${attributes}></script>`;
    const html = `<!doctype html><title>Mugs</title><link rel="icon" href="data:,">${head}${tag}${body}`;
    for (const path of paths) this.paths[path] = html;
  }

  /** The fields of every touchpoint of a kind that has arrived, in the order in which they happened. */
  told(kind: string): Record<string, unknown>[] {
    return this.sink
      .touchpoints()
      .filter((touchpoint) => touchpoint.kind === kind)
      .map((touchpoint) => Object.fromEntries(Object.entries(touchpoint).filter(([name]) => !ENVELOPE.includes(name))));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { pathname } = new URL(request.url ?? '/', this.origin);
    if (pathname === '/v1/batch') {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const sent = Buffer.concat(pieces);
      this.bodies.push(sent);
      const { status, body } = this.sink.take(sent);
      return response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    }
    const answer = this.paths[pathname];
    if (typeof answer === 'function') return answer(request, response);
    if (answer !== undefined) return response.writeHead(200, { 'content-type': 'text/html' }).end(answer);
    const type = TYPES[extname(pathname)];
    const file = `${import.meta.dirname}/../dist${pathname}`;
    if (!type || !existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
  }
}

export let browser: Browser;
export let context: BrowserContext;
export let page: Page;
export let shop: Shop;
let mistakes: string[];
/** Errors that a page's own script makes on purpose. */
let meant: RegExp | undefined;
/** Refusals of batches that a page brings about on purpose. */
let refused: RegExp | undefined;

/** Gives each test of a file a shop and a page of its own; an error that no test means fails it. */
export function inChromium(): void {
  before(async () => {
    assert.ok(CHROMIUM, 'these tests need Chromium: apt-get install chromium, or set WAYSIDE_CHROMIUM to its path');
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--enable-precise-memory-info'], ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  });
  after(() => browser.close());
  beforeEach(async () => {
    shop = new Shop();
    await shop.open();
    context = await browser.newContext();
    mistakes = [];
    meant = undefined;
    refused = undefined;
    page = await context.newPage();
    page.on('pageerror', (error) => mistakes.push(String(error?.stack ?? error)));
    // An instance of the Wasm that traps is replaced, so that nothing else may show it.
    page.on('console', (message) => message.text().startsWith('wayside: wasm') && mistakes.push(message.text()));
  });
  afterEach(async () => {
    await context.close();
    await shop.close();
    assert.deepEqual(shop.sink.dead(), [], 'the model refused a touchpoint');
    assert.deepEqual(shop.sink.refusals().filter(({ message }) => !refused?.test(message)), [], 'the sink refused a batch');
    assert.deepEqual(mistakes.filter((mistake) => !meant?.test(mistake)), [], 'the page saw an error');
  });
}

/** The page sends batches that are refused with these messages. */
export const meansRefusals = (messages: RegExp): unknown => (refused = messages);

/** The page makes these errors itself. */
export const means = (errors: RegExp): unknown => (meant = errors);

/** Opens a page and waits until the Wasm runs in it and hears it. */
export async function visit(path = '/'): Promise<void> {
  await page.goto(shop.origin + path);
  await page.waitForFunction(() => window.wayside?.on);
  await page.evaluate(async () => {
    window.signals = [];
    window.noted = [];
    window.wayside.on('signal', (signal) => window.signals.push(signal));
    await window.wayside.status();
  });
}

/** Has the page deliver what it has captured so far. */
export const flush = (): Promise<void> => page.evaluate(() => window.wayside.flush());

/** A frame is painted, and with it every pointer event before is dispatched. */
export const painted = (): Promise<unknown> => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** The same where the page's clock stands still: observers do not go by it. */
export const framed = (): Promise<unknown> =>
  page.evaluate(() => new Promise((resolve) => new IntersectionObserver((_, observer) => resolve(observer.disconnect())).observe(document.body)));

/** The names of the signals that the page has heard, once everything so far is taken in. */
export const signals = (): Promise<string[]> =>
  page.evaluate(async () => {
    await window.wayside.status();
    return window.signals.map(({ name }) => name);
  });

/** Opens a page whose time stands still; `pass` lets it go on. */
export async function visitByClock(path = '/'): Promise<void> {
  await page.clock.install();
  await visit(path);
  for (;;) {
    try {
      return await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1000));
    } catch (error) {
      // On a busy machine that second may be over before the clock hears of it.
      if (!String(error).includes('past')) throw error;
    }
  }
}

/** Lets time pass in the page: every timer rings in its time. */
export const pass = (ms: number): Promise<void> => page.clock.runFor(ms);
