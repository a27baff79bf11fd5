// The entry point of `import { init } from '@wayside/tracker/slim'`: the caller provides the Wasm.

import { begin } from '../bootstrap.ts';
import type { File } from '../generated/files.ts';
import type { Options, Wayside } from '../types.ts';
import type { Boot } from '../boot.ts';

export type * from '../types.ts';

/** The defaults of the options; the script tag has the same. */
export const DEFAULTS = { endpoint: '', key: '', consent: 'granted', dataLayer: true, gpc: true, off: '', steps: '', thresholds: '', linkDomains: '', ownHosts: '', debug: false } as const;

/** Starts Wayside on this page with `wasm`: an address, a response, bytes or a compiled module, or a promise of one. */
export const init = (options: Options, wasm: unknown): Wayside =>
  begin({ ...DEFAULTS, endpoint: location.origin, ...options } as Required<Options>, async (boot: Boot, attempt: number) => {
    // A bundle contains only one instance of the module, so there is no second attempt after a trap.
    if (attempt > 1) throw new Error('trapped');
    await (await import('./wayside-glue.js' satisfies `./${File.glue}` as string)).run(boot, attempt, wasm);
  });
