// The module that the bootstrap loads: page module and glue in one file.

import * as glue from '../../build/glue.js';
import { run as start } from '../page.ts';
import type { Boot } from '../wasm.ts';

/** Runs the page module with the Wasm that is at `source`. */
export const run = (boot: Boot, attempt: number, source: unknown): Promise<void> => start(boot, attempt, source, glue);
