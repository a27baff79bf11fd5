// The entry point of the module that the bootstrap loads: loader and glue in one file.

export { run } from '../loader.ts';
