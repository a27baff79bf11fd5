/** The few pictures of the page, drawn as SVG so that they follow the text's colour. */

import type { JSX } from 'preact';

/** The mark: a road that goes on, and the branch that leaves it. */
export function Logo(): JSX.Element {
  return (
    <svg viewBox="0 0 32 32" class="logo" aria-hidden="true">
      <rect width={32} height={32} rx={8} class="logo-ground" />
      <path d="M7 25V7" class="logo-road" />
      <path d="M7 19c7 0 6-8 13-8h4" class="logo-branch" />
      <circle cx={24.5} cy={11} r={2.6} class="logo-stop" />
    </svg>
  );
}

export const PATHS = {
  download: 'M8 2v8m0 0 3-3m-3 3L5 7M2.5 12.5h11',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3',
  sun: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8 1v1.2M8 13.8V15M1 8h1.2M13.8 8H15M3 3l.9.9M12.1 12.1l.9.9M13 3l-.9.9M3.9 12.1 3 13',
  moon: 'M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M5 3l8 5-8 5Z',
  close: 'M4 4l8 8M12 4l-8 8',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
  plus: 'M8 3v10M3 8h10',
  copy: 'M6 6h7v7H6ZM10 6V3H3v7h3',
  back: 'M7 3 2 8l5 5M2 8h12',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
