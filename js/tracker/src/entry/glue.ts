// The entry point of the module that the bootstrap loads: page module and glue in one file.

export { run } from '../page.ts';
