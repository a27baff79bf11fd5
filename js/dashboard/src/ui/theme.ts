/** Light and dark: the system's choice until the reader makes one, which this browser then remembers. */

import { effect, signal, untracked, type ReadonlySignal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const KEY = 'wayside.dashboard.theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const current = signal<Theme>(inForce());

/** The colours in force. */
export const theme: ReadonlySignal<Theme> = current;

export function toggleTheme(): void {
  const chosen: Theme = current.value === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset['theme'] = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // Storage is blocked: the choice holds for this page only.
  }
  current.value = chosen;
}

/** Puts the reader's earlier choice in force, and follows the system where there is none. */
export function restoreTheme(): void {
  try {
    const saved = localStorage.getItem(KEY);
    if (saved === 'light' || saved === 'dark') document.documentElement.dataset['theme'] = saved;
  } catch {
    // Storage is blocked: the system's choice is used.
  }
  current.value = inForce();
  systemDark.addEventListener('change', () => (current.value = inForce()));
}

/** Calls `listener` when the colours change, until the returned function is called. */
export function onThemeChange(listener: () => void): () => void {
  let first = true;
  return effect(() => {
    void current.value;
    if (!first) untracked(listener);
    first = false;
  });
}

function inForce(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : systemDark.matches ? 'dark' : 'light';
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
    // In single quotes: ECharts writes the style attributes of an SVG file without escaping double ones.
    font: getComputedStyle(document.body).fontFamily.replaceAll('"', "'"),
  };
  probe.remove();
  return resolved;
}
