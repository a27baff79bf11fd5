// The file of the script tag: options from the tag, the rest from the folder it came from.

import { begin } from '../bootstrap.ts';
import type { Options, Wayside } from '../types.ts';

/** Hash of all sources, put in by the build: what is loaded under it may be kept for ever. */
declare const VERSION: string;

/** The page may have called `wayside` before this ran: `(wayside.q ??= []).push(arguments)`. Before a call there is no `q`. */
const page = window as { wayside?: Wayside & { q?: Iterable<unknown>[] } };

// A page that has the tag twice is still one page.
if (!page.wayside?.on) {
  const { src, dataset } = document.currentScript as HTMLScriptElement;
  const file = (name: string): string => src.replace(/[^/]*$/, `${name}?v=${VERSION}`);
  const early = page.wayside?.q ?? [];
  page.wayside = begin(
    {
      key: '',
      endpoint: new URL(src).origin,
      consent: 'granted',
      ...dataset,
      dataLayer: dataset['datalayer'] !== 'off',
      gpc: dataset['gpc'] !== 'off',
      debug: 'debug' in dataset,
    } as Required<Options>,
    // Another address for the second attempt, so that nothing of an instance that trapped is used again.
    async (boot, attempt) => (await import(`${file('wayside-glue.js')}#${attempt}`)).run(boot, attempt, file('wayside.wasm')),
  );
  for (const args of early) page.wayside(...(args as [string]));
}
