// `import { init } from '@wayside/tracker/slim'`: you say where the Wasm is.

import { begin } from '../bootstrap.ts';
import type { Options, Wayside } from '../types.ts';
import type { Boot } from '../wasm.ts';

export type * from '../types.ts';

/** What every option is where none is given; the script tag has the same. */
export const DEFAULTS = { endpoint: '', key: '', consent: 'granted', dataLayer: true, gpc: true, off: '', steps: '', thresholds: '', debug: false } as const;

/** Starts Wayside on this page with `wasm`: an address, a response, bytes or a compiled module, or a promise of one. */
export const init = (options: Options, wasm: unknown): Wayside =>
  begin({ ...DEFAULTS, endpoint: location.origin, ...options }, async (boot: Boot, attempt: number) => {
    // A bundle holds one instance; after a trap there is no second.
    if (attempt > 1) throw new Error('trapped');
    await (await import('./wayside-glue.js' as string)).run(boot, attempt, wasm);
  });
