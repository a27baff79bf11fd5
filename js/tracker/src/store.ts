// The site's keys in the browser's storage. Every call may throw there, even the look at `localStorage` itself.

/** What `then` gives, if the browser lets it. */
function tried<T>(then: () => T): T | undefined {
  try {
    return then();
  } catch {
    return undefined;
  }
}

/** Under which key the site keeps something. */
export const keyOf = (what: string, site: string): string => `wayside.${what}.${site}`;

/** What is kept of the site under a name. */
export const kept = (what: string, site: string): string | null | undefined => tried(() => localStorage.getItem(keyOf(what, site)));

/** The bytes that are kept as base64 under a key; none where there are none. */
export const load = (key: string): Uint8Array =>
  tried(() => Uint8Array.from(atob(localStorage.getItem(key) ?? ''), (sign) => sign.charCodeAt(0))) ?? new Uint8Array();

/** Removes a key. What cannot be removed could not be stored either. */
export const remove = (key: string): unknown => tried(() => localStorage.removeItem(key));

/** Keeps a text as it is, or bytes as base64. Says whether the browser did. */
export const keep = (key: string, what: string | Uint8Array): boolean =>
  !!tried(() => {
    localStorage.setItem(key, typeof what === 'string' ? what : base64(what));
    return true;
  });

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The keys of all writers' outboxes. */
export const outboxes = (site: string): string[] =>
  tried(() => Object.keys(localStorage).filter((key) => key.startsWith(keyOf('outbox', `${site}.`)))) ?? [];

/** Removes everything of the site but the decision on consent. */
export function purge(site: string): void {
  for (const key of [keyOf('visitor', site), keyOf('journey', site), ...outboxes(site)]) remove(key);
}
