// The page, the contenders' scripts, and every collector's place: it counts what arrives and answers as each expects.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { answer } from './answers.mjs';

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
    if (pathname === '/next') return response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Next</title><link rel="icon" href="data:,">');
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
