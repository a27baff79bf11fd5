// The entry point of `import { init } from '@wayside/tracker'`. The Wasm is beside this file, where bundlers find it.

import { init as slim } from './slim.ts';
import type { File } from '../generated/files.ts';
import type { Options, Wayside } from '../types.ts';

export type * from '../types.ts';

/** Starts Wayside on this page. */
export const init = (options: Options): Wayside => slim(options, new URL('./wayside.wasm' satisfies `./${File.wasm}`, import.meta.url));
