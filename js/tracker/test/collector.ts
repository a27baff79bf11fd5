// A collector for tests: takes batches, keeps their bytes, acks what is in their header. Rules of the real one are tested
// with the real one, in tests/e2e.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

/** A batch as its header says it. */
export interface Batch {
  writer: string;
  site: string;
  visitor: string;
  first: number;
  count: number;
  automated: boolean;
  /** The events of a JSON batch, or the texts of a binary one. */
  events?: Record<string, unknown>[];
  texts: string[];
  bytes: number;
  json: boolean;
}

const TYPES: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

/** Listens on loopback: SDK files from dist/, pages from `pages`, batches at /v1/batch. */
export class Collector {
  readonly batches: Batch[] = [];
  /** The next responses instead of an ack: a status, or 0 to drop the connection. */
  readonly refusals: number[] = [];
  /** Headers of pages. */
  readonly headers: Record<string, string> = {};
  readonly pages: Record<string, string> = {};
  private waiting: (() => void)[] = [];

  private readonly server = createServer((request, response) => void this.answer(request, response));

  /** Its origin. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Waits until what has arrived is enough. */
  async until(enough: (batches: Batch[]) => boolean): Promise<Batch[]> {
    while (!enough(this.batches)) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.batches;
  }

  /** Every text of every batch, in order of arrival. */
  texts(): string[] {
    return this.batches.flatMap((batch) => batch.texts);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Expose-Headers', 'Retry-After');
    if (path === '/v1/batch') return this.take(request, response);
    if (path in this.pages) {
      response.setHeader('Content-Type', 'text/html');
      for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value);
      return void response.end(this.pages[path]);
    }
    try {
      const file = readFileSync(`${import.meta.dirname}/../dist${path}`);
      response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.end(file);
    } catch {
      response.writeHead(404).end();
    }
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const refusal = this.refusals.shift();
    // The body is read: only without its connection does the request fail at once.
    if (refusal === 0) return void request.socket.destroy();
    if (refusal !== undefined) return void response.writeHead(refusal).end('{}');
    const batch = read(Buffer.concat(chunks));
    this.batches.push(batch);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ acks: [{ writer: batch.writer, ranges: [[batch.first, batch.first + batch.count - 1]] }] }));
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Reads a batch's header; `docs/wire.md` says what stands where. */
function read(body: Buffer): Batch {
  if (body[0] === 0x7b) {
    const { first_seq: first, ...json } = JSON.parse(body.toString()) as Required<Batch> & { first_seq: number };
    return { ...json, first, count: json.events.length, texts: [], bytes: body.length, json: true };
  }
  let at = 3;
  const writer = body.toString('hex', at, (at += 16));
  const number = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = body[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const text = (): string => {
    const length = number();
    return body.toString('utf8', at, (at += length));
  };
  const [site, visitor, first, count] = [text(), text(), number(), number()];
  const texts = Array.from({ length: number() }, text);
  return { writer, site, visitor, first, count, automated: ((body[2] ?? 0) & 4) > 0, texts, bytes: body.length, json: false };
}
