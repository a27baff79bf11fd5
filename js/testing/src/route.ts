// Redirection for Playwright: batches to any collector go to a sink, so that the page's configuration stays as it is.

import { BATCH_PATH, HEADERS, PREFLIGHT, sdkFile, type HttpSink } from './server.ts';
import type { Sink } from './sink.ts';

/** The part of Playwright's `Page` and `BrowserContext` that is needed here. */
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

/** Options of the redirection. */
export interface RouteOptions {
  /**
   * Whether `wayside.js` and the files that it loads come from the installed `@wayside/tracker`, whatever their addresses in the page. @defaultValue
   * true
   */
  sdk?: boolean;
}

/**
 * Redirects batches of the pages of `target` to `…/v1/batch` of any origin to `sink`, as long as `target` is open. Call it once, before pages are
 * opened.
 */
export async function route(target: Routable, sink: HttpSink, { sdk = true }: RouteOptions = {}): Promise<void> {
  const concerns = ({ pathname }: URL): boolean => pathname.endsWith(BATCH_PATH) || (sdk && SDK_FILE.test(pathname));
  await target.route(concerns, (route) => answer(route, sink));
  // A beacon of a page that is being left is not routed by Playwright and would reach the real collector.
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
  // Some engines do not expose the body of a beacon. It is a copy; the page keeps the events and sends them again.
  if (!sent && request.resourceType() === 'ping') return route.abort();
  if (!sent) throw new Error(`this browser does not show Playwright the body of a request to ${request.url()}; set \`waysideRoute: false\` and give the page \`wayside.url\``);
  const { status, body } = sink.take(sent);
  return route.fulfill({ status, headers: { ...HEADERS, 'content-type': 'application/json' }, body });
}

/**
 * Runs in each document before its own scripts. Neither requests nor calls of a page that is being left reach Playwright. So its beacons go to the
 * sink's own address, if the browser allows it, and in any case to session storage, from which the next document of the same origin in this tab
 * passes them on before its own scripts run. Copies count once.
 */
function handBeaconsOver({ binding, path, url: sink }: Names): void {
  const page = globalThis as unknown as InPage;
  const { navigator, location } = page;
  const original = navigator.sendBeacon;
  let leaving = false;
  page.addEventListener('pagehide', () => (leaving = true), true);
  page.addEventListener('pageshow', () => (leaving = false), true);

  // The page may be gone before the call returns.
  const handOver = (body: string): void => void page[binding]!(body).catch(() => {});
  const stored = (): string[] => JSON.parse(page.sessionStorage.getItem(binding) ?? '[]') as string[];
  const store = (body: string): void => page.sessionStorage.setItem(binding, JSON.stringify([...stored(), body]));
  try {
    stored().forEach(handOver);
    page.sessionStorage.removeItem(binding);
  } catch {
    // This document has no storage, for example because it is a sandboxed frame.
  }

  navigator.sendBeacon = (url, data) => {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    // Other beacons are passed on unchanged; so are blobs, which cannot be read in time and which the SDK never sends.
    if (!(bytes instanceof Uint8Array) || !new URL(url, location.href).pathname.endsWith(path)) return original.call(navigator, url, data);
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    if (!leaving) {
      handOver(btoa(binary));
      return true;
    }
    // For pages of other hosts, browsers ask the user before a page may access this machine.
    if (/^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(location.hostname)) original.call(navigator, sink + path, data);
    try {
      store(btoa(binary));
    } catch {
      // Storage is missing or full. The next page sends the events in the outbox anyway.
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
