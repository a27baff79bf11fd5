// The entry point of the fallback, which the loader loads only if Wasm cannot run or has trapped twice.

export { goOnAlone } from '../alone.ts';
