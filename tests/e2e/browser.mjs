// Which browser the tests drive, and how.

import { existsSync } from 'node:fs';

/** Flags for Chromium on a machine without a screen, a sandbox or the internet. */
export const CHROMIUM_FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** The Chromium to drive: `WAYSIDE_CHROMIUM`, or where Debian puts it. */
export function browserPath() {
  const path = process.env.WAYSIDE_CHROMIUM || '/usr/bin/chromium';
  if (!existsSync(path)) throw new Error(`no browser at ${path}: install Debian's chromium or set WAYSIDE_CHROMIUM`);
  return path;
}
