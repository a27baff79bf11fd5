// The site's keys in `localStorage`. Any access may throw, even reading the property `localStorage` itself.

/** The result of `then`, or `undefined` if it throws. */
function tried<T>(then: () => T): T | undefined {
  try {
    return then();
  } catch {
    return undefined;
  }
}

/** The storage key of a site's value. */
export const keyOf = (what: string, site: string): string => `wayside.${what}.${site}`;

/** The stored text of a site's value. */
export const kept = (what: string, site: string): string | null | undefined => tried(() => localStorage.getItem(keyOf(what, site)));

/** The bytes stored as base64 under a key; empty if there are none. */
export const load = (key: string): Uint8Array =>
  tried(() => Uint8Array.from(atob(localStorage.getItem(key) ?? ''), (sign) => sign.charCodeAt(0))) ?? new Uint8Array();

/** Removes a key. If that fails, nothing could have been stored either. */
export const remove = (key: string): unknown => tried(() => localStorage.removeItem(key));

/** Stores a text, or bytes as base64. Returns whether it succeeded. */
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

/** Removes everything stored for the site except the consent decision. */
export function purge(site: string): void {
  for (const key of [keyOf('visitor', site), keyOf('journey', site), ...outboxes(site)]) remove(key);
}
