// Where the fallback keeps the visitor and the decision. The counterpart is `crates/web/src/store.rs`.

import type { Boot } from './boot.ts';

/** 395 days, because Chromium keeps no cookie for more than 400. */
const LONG_S = 34_128_000;

/** Keeps the visitor or the decision wherever it can be kept. Returns whether any place took it. */
export function kept(boot: Boot, what: string, text: string): boolean {
  const key = keyOf(boot, what);
  const { domain, cookies } = boot.o;
  // The shortest domain that takes a cookie is the shop's: browsers refuse cookies for public suffixes.
  if (!cookies) (domain ? [domain] : suffixes()).find((one) => bake(key, text, LONG_S, one));
  try {
    localStorage.setItem(key, text);
  } catch {
    attempt(() => localStorage.removeItem(key));
  }
  if (boot.kept(what) !== text) attempt(() => sessionStorage.setItem(key, text));
  return boot.kept(what) === text;
}

/** Removes everything stored for the site except the consent decision. */
export function purge(boot: Boot): void {
  const own = new RegExp(`^wayside\\.(visitor|journey|settings|outbox)\\.${boot.o.site}(\\.|$)`);
  for (const what of ['visitor', 'journey']) {
    for (const domain of suffixes()) bake(keyOf(boot, what), '', 0, domain);
  }
  for (const store of ['localStorage', 'sessionStorage'] as const) {
    attempt(() => {
      for (const key of Object.keys(window[store])) if (own.test(key)) window[store].removeItem(key);
    });
  }
}

const keyOf = ({ o: { site } }: Boot, what: string): string => `wayside.${what}.${site}`;

/** The host's parts that begin with a label, the shortest first. */
const suffixes = (): string[] => {
  const labels = location.hostname.split('.');
  return labels.map((_, at) => labels.slice(-1 - at).join('.'));
};

/** Sets a cookie. Returns whether the browser has taken it. */
function bake(key: string, text: string, seconds: number, domain: string): boolean {
  let taken = false;
  attempt(() => {
    document.cookie = `${key}=${text};path=/;samesite=lax;max-age=${seconds};domain=${domain}${location.protocol === 'https:' ? ';secure' : ''}`;
    taken = document.cookie.includes(`${key}=${text}`);
  });
  return taken;
}

/** Does something that fails where storage is blocked. */
function attempt(then: () => void): void {
  try {
    then();
  } catch {
    // Nothing could have been stored either.
  }
}
