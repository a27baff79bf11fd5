// What `cargo xtask wasm` writes to build/glue.js.

declare module '*/build/glue.js' {
  import type { Glue } from './wasm.ts';
  const start: Glue['default'];
  export default start;
  export const Wayside: Glue['Wayside'];
}
