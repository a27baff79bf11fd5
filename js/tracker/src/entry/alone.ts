// The module that the page module loads where Wasm cannot run, or has trapped twice: few pages ever do.

export { goOnAlone } from '../alone.ts';
