/** Light and dark: the system's choice until the reader makes one, which this browser then remembers. */

export type Theme = 'light' | 'dark';

const KEY = 'wayside.dashboard.theme';
const listeners = new Set<() => void>();
const systemDark = matchMedia('(prefers-color-scheme: dark)');

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : systemDark.matches ? 'dark' : 'light';
}

export function toggleTheme(): void {
  const theme: Theme = currentTheme() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage is blocked: the choice holds for this page only.
  }
  for (const listener of listeners) listener();
}

export function restoreTheme(): void {
  try {
    const saved = localStorage.getItem(KEY);
    if (saved === 'light' || saved === 'dark') document.documentElement.dataset['theme'] = saved;
  } catch {
    // Storage is blocked: the system's choice is used.
  }
  systemDark.addEventListener('change', () => {
    for (const listener of listeners) listener();
  });
}

/** Calls `listener` when the colours change, until `lifetime` ends. */
export function onThemeChange(listener: () => void, lifetime: AbortSignal): void {
  listeners.add(listener);
  lifetime.addEventListener('abort', () => listeners.delete(listener), { once: true });
}

/** The colours of the style sheet, for what is drawn on a canvas. */
export interface Tokens {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly lost: string;
  readonly waiting: string;
  readonly friction: string;
  readonly font: string;
}

export function tokens(): Tokens {
  // A canvas needs plain colours: an element resolves what the style sheet says for light and dark.
  const probe = document.createElement('span');
  document.body.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const resolved: Tokens = {
    ink: read('--ink'),
    muted: read('--muted'),
    line: read('--line'),
    surface: read('--surface'),
    accent: read('--accent'),
    lost: read('--lost'),
    waiting: read('--waiting'),
    friction: read('--friction'),
    font: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
  return resolved;
}
