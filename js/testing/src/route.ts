// Playwright: what pages send to any collector goes to a sink, so that nothing of a page's set-up has to change.

import { BATCH_PATH, HEADERS, PREFLIGHT, sdkFile, type HttpSink } from './server.ts';
import type { Sink } from './sink.ts';

/** A Playwright `Page` or `BrowserContext`, as far as this needs it. */
export interface Routable {
  route(url: (url: URL) => boolean, handler: (route: Route) => Promise<void>): Promise<unknown>;
  exposeBinding(name: string, callback: (source: unknown, body: string) => void): Promise<unknown>;
  addInitScript(script: (names: Names) => void, names: Names): Promise<unknown>;
}

interface Route {
  request(): { url(): string; method(): string; resourceType(): string; postDataBuffer(): Buffer | null };
  fulfill(answer: { status: number; headers: Record<string, string>; body: string | Buffer }): Promise<void>;
  fallback(): Promise<void>;
  abort(): Promise<void>;
}

/** What is redirected besides batches. */
export interface RouteOptions {
  /**
   * Whether `wayside.js` and what it loads come from the installed `@wayside/tracker`, whatever address a page has for them.
   * @defaultValue true
   */
  sdk?: boolean;
}

/**
 * Redirects to `sink` what the pages of `target` send to `…/v1/batch` of any origin, for as long as `target` is open. Call it
 * before pages are opened, once.
 */
export async function route(target: Routable, sink: HttpSink, { sdk = true }: RouteOptions = {}): Promise<void> {
  const concerns = ({ pathname }: URL): boolean => pathname.endsWith(BATCH_PATH) || (sdk && SDK_FILE.test(pathname));
  await target.route(concerns, (route) => answer(route, sink));
  // A beacon of a page that is being left passes Playwright by and would reach the real collector.
  await target.exposeBinding(BINDING, (_, body) => void sink.take(Buffer.from(body, 'base64')));
  await target.addInitScript(handBeaconsOver, { binding: BINDING, path: BATCH_PATH, url: sink.url });
}

async function answer(route: Route, sink: Sink): Promise<void> {
  const request = route.request();
  const { pathname } = new URL(request.url());
  if (!pathname.endsWith(BATCH_PATH)) {
    const file = await sdkFile(pathname.slice(pathname.lastIndexOf('/') + 1));
    if (!file) return route.fallback();
    return route.fulfill({ status: 200, headers: { ...HEADERS, 'content-type': file.type }, body: file.body });
  }
  if (request.method() === 'OPTIONS') return route.fulfill({ status: 204, headers: { ...HEADERS, ...PREFLIGHT }, body: '' });
  if (request.method() !== 'POST') return route.fallback();
  const sent = request.postDataBuffer();
  // Some engines do not show what a beacon carries. It is a copy; the page keeps the original and sends it again.
  if (!sent && request.resourceType() === 'ping') return route.abort();
  if (!sent) throw new Error(`this browser does not show Playwright what is sent to ${request.url()}; set \`waysideRoute: false\` and give the page \`wayside.url\``);
  const { status, body } = sink.take(sent);
  return route.fulfill({ status, headers: { ...HEADERS, 'content-type': 'application/json' }, body });
}

/**
 * Runs in each document before its own scripts. Of a page that is being left neither a request nor a call reaches
 * Playwright. So what such a page says goes to the sink's own address, where the browser lets it, and in any case to the
 * next document of its origin in this tab, which hands it over before its own scripts see it. Copies count once.
 */
function handBeaconsOver({ binding, path, url: sink }: Names): void {
  const page = globalThis as unknown as InPage;
  const { navigator, location } = page;
  const original = navigator.sendBeacon;
  let leaving = false;
  page.addEventListener('pagehide', () => (leaving = true), true);
  page.addEventListener('pageshow', () => (leaving = false), true);

  // The page may be gone before this is answered.
  const handOver = (body: string): void => void page[binding]!(body).catch(() => {});
  const stored = (): string[] => JSON.parse(page.sessionStorage.getItem(binding) ?? '[]') as string[];
  const store = (body: string): void => page.sessionStorage.setItem(binding, JSON.stringify([...stored(), body]));
  try {
    stored().forEach(handOver);
    page.sessionStorage.removeItem(binding);
  } catch {
    // This document has no storage, as a sandboxed frame has none.
  }

  navigator.sendBeacon = (url, data) => {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    // What is no batch of ours goes its way; so does a blob, which cannot be read in time and which the SDK never sends.
    if (!(bytes instanceof Uint8Array) || !new URL(url, location.href).pathname.endsWith(path)) return original.call(navigator, url, data);
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    if (!leaving) {
      handOver(btoa(binary));
      return true;
    }
    // From elsewhere, browsers ask their user before a page may reach this machine.
    if (/^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(location.hostname)) original.call(navigator, sink + path, data);
    try {
      store(btoa(binary));
    } catch {
      // No storage, or it is full: what the outbox keeps is sent by the next page all the same.
    }
    return true;
  };
}

interface Names {
  binding: string;
  path: string;
  url: string;
}

type InPage = Record<string, (body: string) => Promise<void>> & {
  navigator: { sendBeacon(url: string | URL, data?: unknown): boolean };
  location: { href: string; hostname: string };
  sessionStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void; removeItem(key: string): void };
  addEventListener(type: string, listener: () => void, capture: boolean): void;
};

const BINDING = '__waysideBeacon';
const SDK_FILE = /\/wayside(-glue\.js|-alone\.js|\.js|\.wasm)$/;
