// A sink with an HTTP server, from which pages load the SDK and to which they send batches.

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { Sink } from './sink.ts';

/** Options of the server. */
export interface ServerOptions {
  /**
   * A port of 127.0.0.1. @defaultValue a free port
   */
  port?: number;
}

/** A sink that listens on 127.0.0.1. */
export class HttpSink extends Sink {
  readonly #server: Server;

  /** @internal */
  constructor(server: Server) {
    super();
    this.#server = server;
  }

  /** The origin of the server, such as `http://127.0.0.1:41234`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The script tag that makes a page send to this sink. */
  script(site: string): string {
    return `<script async src="${this.url}/wayside.js" data-site="${site}"></script>`;
  }

  /** Stops listening and ends every wait. */
  override async close(): Promise<void> {
    await super.close();
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }
}

/** Starts a sink on 127.0.0.1. */
export async function startSink({ port = 0 }: ServerOptions = {}): Promise<HttpSink> {
  const server = createServer();
  const sink = new HttpSink(server);
  server.on('request', (request, response) => {
    answer(sink, request, response).catch((error: unknown) => {
      // The connection broke or the machine lacks a resource; the page keeps its batch and sends it again.
      if (!response.headersSent) response.writeHead(503);
      response.end(String(error));
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', listening);
  });
  return sink;
}

/** A file of the SDK from `@wayside/tracker`; `undefined` if there is no such file. */
export async function sdkFile(name: string): Promise<{ type: string; body: Buffer } | undefined> {
  const type = SDK_FILES[name];
  return type === undefined ? undefined : { type, body: await readFile(join(SDK_FOLDER, name)) };
}

/** Headers of every response: any page may send and load, also under COEP. */
export const HEADERS = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'no-store' };

/** Additional headers of the response to a preflight, which only a page's own `fetch` with a JSON header causes. */
export const PREFLIGHT = { 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'content-type', 'access-control-max-age': '86400' };

/** The path of batches. */
export const BATCH_PATH = '/v1/batch';

async function answer(sink: Sink, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (pathname === BATCH_PATH && request.method === 'OPTIONS') return void response.writeHead(204, { ...HEADERS, ...PREFLIGHT }).end();
  if (pathname === BATCH_PATH && request.method === 'POST') {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { status, body } = sink.take(Buffer.concat(pieces));
    return void response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' }).end(body);
  }
  const file = await sdkFile(pathname.slice(1));
  if (!file) return void response.writeHead(404, HEADERS).end('this server has only /v1/batch and the SDK: /wayside.js and the files that it loads\n');
  response.writeHead(200, { ...HEADERS, 'content-type': file.type }).end(file.body);
}

const SDK_FOLDER = dirname(createRequire(import.meta.url).resolve('@wayside/tracker/script'));
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const SDK_FILES: Record<string, string | undefined> = {
  'wayside.js': JAVASCRIPT,
  'wayside-glue.js': JAVASCRIPT,
  'wayside-alone.js': JAVASCRIPT,
  'wayside-rules.js': JAVASCRIPT,
  'wayside.wasm': 'application/wasm',
};
