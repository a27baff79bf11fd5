/**
 * For development only: answers the HTTP API with recorded reports, in `vite` and `vite preview`, and sends the CSP that
 * the real server sends. Nothing of this folder is in the build.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';

import { report, reports, sites, touchpoints } from './fixtures.ts';

export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function fixtureServer(): Plugin {
  return {
    name: 'wayside-fixtures',
    apply: 'serve',
    configureServer(server) {
      server.middlewares.use(answer);
    },
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => {
        response.setHeader('Content-Security-Policy', CSP);
        answer(request, response, next);
      });
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const url = new URL(request.url ?? '/', 'http://fixtures');
  if (!url.pathname.startsWith('/api/')) return next();
  if (url.pathname === '/api/session') return json(response, 200, { login: false });
  if (url.pathname === '/api/sites') return json(response, 200, sites());
  if (url.pathname === '/api/live') return live(request, response, url.searchParams.get('site') ?? '');
  if (url.pathname === '/api/progress') return json(response, 200, { passes: [] });
  if (url.pathname === '/api/reports') return json(response, 200, reports());
  const name = /^\/api\/reports\/([a-z-]+)$/.exec(url.pathname)?.[1];
  const found = name === undefined ? undefined : report(name, url.searchParams);
  if (found === undefined)
    return json(response, 404, {
      error: { code: 'unknown_report', message: `There is no report ${name ?? url.pathname}.` },
    });
  // As slow as a real scan, so that loading states are seen.
  setTimeout(() => json(response, 200, found), 150);
}

function live(request: IncomingMessage, response: ServerResponse, site: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  let at = 0;
  const timer = setInterval(() => {
    for (const touchpoint of touchpoints(site, at, Date.now()))
      response.write(`data: ${JSON.stringify(touchpoint)}\n\n`);
    at += 1;
  }, 220);
  request.on('close', () => clearInterval(timer));
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
