// A shop's own server, on another origin than the collector: pages with the script tag, and what may go wrong on the way to them.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

/** Where the built tracker is. */
const SDK = process.env['WAYSIDE_SDK'] ?? join(import.meta.dirname, '../../../js/tracker/dist');
/** What the collector says of its answers: pages of any site may have them. */
const OPEN = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' };
/** Lets the page's own first script through a policy that forbids others. */
export const NONCE = 'first';
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** What a page has besides its heading. */
export interface Page {
  /** Attributes of the script tag. */
  attributes?: string;
  /** Before the script tag. */
  head?: string;
  body?: string;
  headers?: Record<string, string>;
  /** The address of the script; the collector's unless the page says otherwise. No script tag where it is empty. */
  script?: string;
}

/** Serves pages at `http://localhost:PORT`. */
export class Shop {
  /** What went wrong in the pages, as they saw it. */
  readonly troubles = new Set<string>();
  /** How each batch came that went to the collector through this server. */
  readonly sent: ('beacon' | 'fetch')[] = [];
  /** How the tracker's files come from this server, where not as they should. */
  readonly faults: Record<string, { missing?: boolean; type?: string }> = {};
  /** Whether the line is so slow that no answer to a `fetch` comes while the page is there. */
  stalled = false;
  /** How often the way to the collector is closed from now on. */
  refusals = 0;
  readonly #pages = new Map<string, Page>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(
    /** Where the collector listens. */
    readonly collector: string,
  ) {}

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Another name than the collector's: another site, for the browser. */
  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The way to the collector through this server: another site than the pages, as the collector itself. */
  get way(): string {
    return this.origin.replace('localhost', '127.0.0.1');
  }

  /** Puts a page at a path. */
  put(path: string, page: Page = {}): void {
    this.#pages.set(path, page);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin);
    const page = this.#pages.get(pathname);
    if (page) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...page.headers }).end(this.#html(page));
    } else if (pathname === '/trouble') {
      this.troubles.add((await bodyOf(request)).toString());
      response.writeHead(204).end();
    } else if (pathname === '/v1/batch') {
      await this.#forward(request, response);
    } else if (pathname.startsWith('/sdk/')) {
      await this.#file(pathname.slice('/sdk/'.length), response);
    } else {
      response.writeHead(404).end();
    }
  }

  #html({ attributes = '', head = '', body = '', script = `${this.collector}/wayside.js` }: Page): string {
    const tag = script && `<script async src="${script}" data-site="shop" ${attributes}></script>`;
    return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mugs</title><link rel="icon" href="data:,">
      <script nonce="${NONCE}">(${watch.toString()})()</script>${head}${tag}<h1>Mugs</h1><p><a id="next" href="/next">Next</a> <a id="away" href="/away">Away</a></p>${body}</html>`;
  }

  /** A file of the tracker, as a shop that serves it itself might. */
  async #file(name: string, response: ServerResponse): Promise<void> {
    const { missing, type = TYPES[extname(name)] ?? '' } = this.faults[name] ?? {};
    if (missing) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type }).end(await readFile(join(SDK, name)));
  }

  /** Hands a batch on to the collector, and its answer back, as a proxy in front of it does. */
  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new Uint8Array(await bodyOf(request));
    if (this.refusals > 0) {
      this.refusals -= 1;
      response.writeHead(503, { ...OPEN, 'retry-after': '1' }).end();
      return;
    }
    // A beacon's answer is nobody's, so browsers do not ask whether its page may have it.
    const how = request.headers['sec-fetch-mode'] === 'no-cors' ? 'beacon' : 'fetch';
    if (this.stalled && how === 'fetch') return;
    this.sent.push(how);
    const answer = await fetch(`${this.collector}${request.url}`, { method: 'POST', body });
    response.writeHead(answer.status, { ...OPEN, 'content-type': 'application/json' }).end(await answer.text());
  }
}

/**
 * Runs in the page before anything else: uncaught errors, unhandled rejections and lines of the console's errors and warnings are a
 * trouble, and are told to the server at once, because the page may be left. What a script tag itself could not load is none: only
 * the element hears of it.
 */
function watch(): void {
  const tell = (what: string, about: unknown): void => {
    const trouble = `${location.pathname}: ${what}: ${String(about)}`;
    window.troubles.push(trouble);
    navigator.sendBeacon('/trouble', trouble);
  };
  window.troubles = [];
  addEventListener('error', ({ message, filename }) => tell('error', `${message} (${filename})`));
  addEventListener('unhandledrejection', ({ reason }) => tell('rejection', reason));
  for (const level of ['error', 'warn'] as const) {
    const say = console[level];
    console[level] = (...said: unknown[]) => {
      tell(`console.${level}`, said.join(' '));
      say.apply(console, said);
    };
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
