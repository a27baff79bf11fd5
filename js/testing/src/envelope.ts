// The properties that every touchpoint has, which messages do not repeat.

import type { Identity } from './types.ts';

const NAMES: Record<keyof Identity, true> = {
  writer: true,
  seq: true,
  time: true,
  site: true,
  visitor: true,
  customer: true,
  session: true,
  stage: true,
  channel: true,
  consent: true,
  automated: true,
};

/** The names of {@link Identity}'s properties. */
export const ENVELOPE: ReadonlySet<string> = new Set(Object.keys(NAMES));
