// Every shop and every collector's place for the delivery benchmark. Each run has a host of its own, such as `r7.localhost`, by which its faults
// and what arrived of it are told apart.

import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { setTimeout } from 'node:timers/promises';
import { answer } from '../answers.mjs';

const TOKEN = /ev-[a-z0-9]+-[0-9]+/g;
const HANG_MS = 20_000;

/** Serves the contenders' scripts, and forwards what belongs to Wayside to a real collector at `collector`. */
export async function serve(contenders, collector) {
  const scripts = new Map(contenders.map(({ name, script }) => [`/${name}.js`, script]));
  /** By host: the fault and what was accepted, the requests by token. */
  const runs = new Map();
  const run = (host) => {
    if (!runs.has(host)) runs.set(host, { fault: undefined, faults: 0, arrived: new Map() });
    return runs.get(host);
  };

  const take = async (request, response, { pathname, search }) => {
    const sent = await body(request);
    const state = run(request.headers.host);
    const fault = state.fault && (state.faults === undefined || state.faults-- > 0) ? state.fault : undefined;
    const refuse = (status, headers = {}) => response.writeHead(status, { 'Access-Control-Allow-Origin': '*', ...headers }).end();
    if (fault === 'down') return request.socket.destroy();
    if (fault === '500') return refuse(500);
    if (fault === '429') return refuse(429, { 'Retry-After': '1' });
    if (fault === 'hang') {
      await setTimeout(HANG_MS);
      return request.socket.destroy();
    }
    for (const token of new Set(text(search, sent).match(TOKEN))) state.arrived.set(token, (state.arrived.get(token) ?? 0) + 1);
    let reply = answer(pathname, sent);
    let status = 200;
    if (pathname.startsWith('/v1/')) {
      const forwarded = await fetch(`${collector}${pathname}${search}`, { method: 'POST', body: sent });
      ({ status } = forwarded);
      reply = await forwarded.text();
    }
    if (fault === 'dropped') return request.socket.destroy();
    const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*', 'Content-Type': 'application/json' };
    response.writeHead(status, headers).end(reply);
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://x');
    const { pathname, search } = url;
    if (pathname === '/shop') {
      response.setHeader('Content-Type', 'text/html');
      const name = search.slice(1);
      return response.end(`<!doctype html><title>Shop</title><link rel="icon" href="data:,"><h1>Mugs</h1><script src="/${name}.js"></script><script>bench.start()</script>`);
    }
    if (pathname === '/elsewhere') return response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,">');
    const script = scripts.get(pathname);
    if (script) return response.setHeader('Content-Type', 'text/javascript').end(script);
    if (pathname.startsWith('/wayside')) {
      if (run(request.headers.host).fault === 'down') return request.socket.destroy();
      const file = await fetch(`${collector}${pathname.replace('/wayside/', '/')}${search}`);
      const headers = ['content-type', 'cache-control', 'etag'].map((name) => [name, file.headers.get(name)]).filter(([, value]) => value);
      return response.writeHead(file.status, Object.fromEntries(headers)).end(Buffer.from(await file.arrayBuffer()));
    }
    return take(request, response, url);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    origin: (host) => `http://${host}.localhost:${port}`,
    /** Sets the fault of a run, for so many requests or until it is set again. */
    fault: (host, fault, faults) => Object.assign(run(`${host}.localhost:${port}`), { fault, faults }),
    arrived: (host) => run(`${host}.localhost:${port}`).arrived,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Everything in a request that may name an event: trackers send JSON, forms, base64, gzip and addresses. */
function text(search, sent) {
  let plain = sent;
  try {
    plain = gunzipSync(sent);
  } catch {
    // It is not compressed.
  }
  const written = `${search} ${plain.toString('utf8')}`;
  // Mixpanel's forms have a field in base64.
  const fields = [...written.matchAll(/(?<=^|[?&\s])data=([^&\s]+)/g)];
  const all = [written, ...fields.map(([, field]) => Buffer.from(decodeURIComponent(field), 'base64').toString('utf8'))].join(' ');
  try {
    return `${all} ${decodeURIComponent(all.replaceAll('+', ' '))}`;
  } catch {
    return all;
  }
}
