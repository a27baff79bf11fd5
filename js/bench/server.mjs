// The page, the contenders' scripts, and every collector's place: it counts what arrives and answers as each expects.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

const DIST = `${import.meta.dirname}/../tracker/dist`;
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
/** What a shop's page has: enough for a tracker to look at. */
const body = Array.from({ length: 40 }, (_, n) => `<article><h2>Product ${n}</h2><a href="#${n}">Look</a><button>Buy</button><input name="q${n}"></article>`).join('');

/** Keeps the page's long tasks. */
const watch = 'window.long = []; new PerformanceObserver((list) => long.push(...list.getEntries())).observe({ type: "longtask" })';

export async function serve(contenders) {
  const received = { bytes: 0, requests: 0 };
  const scripts = new Map(contenders.map(({ name, script }) => [`/${name}.js`, script]));
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url, 'http://x');
    if (pathname === '/page') {
      response.setHeader('Content-Type', 'text/html');
      return response.end(`<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script>${watch}</script>${body}<script src="/${search.slice(1)}.js"></script>`);
    }
    const script = scripts.get(pathname) ?? (pathname.startsWith('/wayside/') && (await readFile(DIST + pathname.slice(8)).catch(() => undefined)));
    if (script) {
      response.setHeader('Content-Type', TYPES[extname(pathname)] ?? 'text/plain');
      return response.end(script);
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    if (request.method === 'POST') {
      received.bytes += sent.length;
      received.requests += 1;
    }
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.setHeader('Content-Type', 'application/json');
    response.end(answer(pathname, sent));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(path, sent) {
  // Wayside's ack names what is on disk: its writer and numbers stand at the head of each batch.
  if (path === '/v1/batch') return JSON.stringify({ acks: [acked(sent)] });
  // PostHog compresses for a server that says it can read that.
  if (path.startsWith('/posthog')) return '{"supportedCompression":["gzip","gzip-js"]}';
  if (path.startsWith('/mixpanel')) return '{"status":1,"error":null}';
  if (path.startsWith('/amplitude')) return '{"code":200}';
  if (path.startsWith('/countly')) return '{"result":"Success"}';
  if (path.endsWith('/sourceConfig') || path.includes('/sourceConfig/')) {
    const config = { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } };
    return JSON.stringify({ source: { id: 'id', name: 'shop', writeKey: 'key', enabled: true, workspaceId: 'w', config, connections: [], destinations: [], dataplanes: {} }, updatedAt: '2026-01-01T00:00:00Z' });
  }
  return '{}';
}

function acked(batch) {
  let at = 19;
  const number = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = batch[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const skip = () => {
    const length = number();
    at += length;
  };
  skip();
  skip();
  const first = number();
  const count = number();
  return { writer: batch.toString('hex', 3, 19), ranges: [[first, first + count - 1]] };
}
