// The entry point of the script tag's file: it reads options from the tag and loads the other files from the same folder.

import { begin } from '../bootstrap.ts';
import { File } from '../generated/files.ts';
import type { Options, Wayside } from '../types.ts';

/** A hash of all sources, inserted by the build. Files loaded with it in their address may be cached forever. */
declare const VERSION: string;

/**
 * The page may have called `wayside` before this file ran, by the queue line of docs/sdk.md, whose methods add a function for the answer to their
 * arguments, or by `(wayside.q ??= []).push(arguments)`.
 */
const page = window as { wayside?: (Wayside | Partial<Wayside>) & { q?: ArrayLike<unknown>[]; nodeType?: number; call?: unknown } };

const { wayside: taken } = page;
// By a second tag, or by something of the page's own; what queues calls is a function, and an element with this id is no obstacle.
if (taken && (taken.shutdown || !(taken.call || taken.nodeType))) console.warn('wayside: window.wayside is taken');
else {
  const { src, dataset } = document.currentScript as HTMLScriptElement;
  const file = (name: string): URL => new URL(`${name}?v=${VERSION}`, src);
  const early = taken?.q ?? [];
  const wayside = (page.wayside = begin(
    {
      key: '',
      endpoint: new URL(src).origin,
      consent: 'granted',
      ...dataset,
      dataLayer: dataset['datalayer'] !== 'off',
      gpc: dataset['gpc'] !== 'off',
      debug: 'debug' in dataset,
    } as Required<Options>,
    // The second attempt uses another address, so that the browser does not reuse the module instance that trapped.
    async (boot, attempt) => (await import(`${file(File.glue)}#${attempt}`)).run(boot, attempt, file(File.wasm)),
  ));
  for (const args of early) {
    const answer = wayside(...(args as [string, Record<string, unknown>])) as unknown;
    const [name] = args as [string];
    // The last argument of a listener that `wayside('on', …)` adds is not for the answer, and fields are no function.
    if (name in wayside) void Promise.resolve(answer).then(args[name === 'on' ? 3 : args.length - 1] as () => void);
  }
}
