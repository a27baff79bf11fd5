/** The server's HTTP API. Every failure becomes an `ApiError` that says what, where and what to do. */

import { parsePasses, readingOf, type Asked, type Reading } from './progress.ts';
import { parseReport, parseReports, parseSites, type Described, type ParamsOf, type Report, type Site } from './report.ts';
import { goToLogin } from './session.ts';
import type { Scope } from './state.ts';

export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** What happened, in one sentence. */
    message: string,
    /** The address that was asked. */
    readonly where: string,
    /** What the reader can do about it. */
    readonly advice: string,
  ) {
    super(message);
  }
}

export async function fetchSites(signal?: AbortSignal): Promise<Site[]> {
  return ask('api/sites', parseSites, signal);
}

/** Asks for a report. Of one that the contract knows, parameters and columns are checked where they are named. */
export async function fetchReport<Name extends string>(
  name: Name,
  site: string,
  scope: Scope,
  params: ParamsOf<Name>,
  signal?: AbortSignal,
): Promise<Report<Name>> {
  const query = new URLSearchParams({ site });
  for (const [key, value] of Object.entries({ ...scope, ...params })) {
    if (value !== undefined && value !== '') query.set(key, String(value));
  }
  const path = `api/reports/${encodeURIComponent(name)}?${query}`;
  const one: Asked = { report: name, site, scope };
  asked.add(one);
  try {
    return await ask(path, (json) => parseReport(json) as Report<Name>, signal);
  } finally {
    asked.delete(one);
  }
}

/** The reports that were asked for and have not arrived. */
const asked = new Set<Asked>();

/** How far the server is with the reports that were asked for; `undefined` where it reads nothing for them. */
export async function fetchReading(signal: AbortSignal): Promise<Reading | undefined> {
  return ask('api/progress', (json) => readingOf(parsePasses(json), [...asked]), signal);
}

/** The reports that the server has, with their parameters. */
export async function fetchReports(signal?: AbortSignal): Promise<Described[]> {
  return ask('api/reports', parseReports, signal);
}

/** Whether the server asks its readers for a token, so that they can log out. */
export async function fetchSession(): Promise<{ readonly login: boolean }> {
  return ask('api/session', (json) => ({ login: (json as { login?: unknown } | null)?.login === true }));
}

/** Forgets the reader's token in this browser, and goes to the page that asks for it. */
export async function logOut(): Promise<void> {
  const response = await request('logout', { method: 'POST' });
  if (!response.ok) throw await refusal(response, 'logout');
  goToLogin();
}

/** Where touchpoints of a site arrive, or of all sites while none is known. */
export function liveUrl(site: string): string {
  return site === '' ? 'api/live' : `api/live?${new URLSearchParams({ site })}`;
}

async function ask<T>(path: string, parse: (json: unknown) => T, signal?: AbortSignal): Promise<T> {
  const response = await request(path, {
    headers: { accept: 'application/json' },
    signal: signal ?? null,
    cache: 'no-cache',
  });
  if (!response.ok) throw await refusal(response, path);
  try {
    return parse(await response.json());
  } catch (error) {
    if (signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(
      `The server's answer could not be read: ${reason}.`,
      path,
      'The page and the server may be of different versions. Reload the page; if that does not help, restart the server.',
    );
  }
}

async function request(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(
      'The Wayside server does not answer.',
      path,
      'Check that `wayside serve` is running, then try again.',
    );
  }
}

async function refusal(response: Response, path: string): Promise<ApiError> {
  const { code, message } = await refusalBody(response);
  if (response.status === 401 && code === 'read_token') goToLogin();
  const status = `${response.status}${code === '' ? '' : ` ${code}`}`;
  return new ApiError(
    message === '' ? `The server refused with status ${status}.` : sentence(message),
    `${path} (${status})`,
    adviceFor(response),
  );
}

/** The server says its reasons as a programmer reads them; here they begin a paragraph. */
function sentence(message: string): string {
  const begun = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

async function refusalBody(response: Response): Promise<{ code: string; message: string }> {
  try {
    const json: unknown = await response.json();
    const error = (json as { error?: { code?: unknown; message?: unknown } } | null)?.error;
    return {
      code: typeof error?.code === 'string' ? error.code : '',
      message: typeof error?.message === 'string' ? error.message : '',
    };
  } catch {
    return { code: '', message: '' };
  }
}

function adviceFor(response: Response): string {
  switch (response.status) {
    case 400:
    case 422:
      return 'Change the choice above, or go back to the default.';
    case 401:
      return 'Whoever runs the server has the token.';
    case 403:
    case 404:
      return 'Pick another site, or check that the server is the version this page came with.';
    case 429:
    case 503: {
      const seconds = response.headers.get('retry-after');
      return seconds === null
        ? 'The server is busy. Try again in a moment.'
        : `The server is busy. Try again in ${seconds} s.`;
    }
    default:
      return "Try again; if it stays, the server's log says more.";
  }
}
