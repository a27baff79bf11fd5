// Types of build/glue.js: wasm-bindgen's glue for crates/web, which `cargo xtask wasm` makes.

declare module '*/build/glue.js' {
  /** The object with which the Wasm is instantiated. */
  export const imports: WebAssembly.Imports;
  /** Sets the exports of the instance that the functions below call. */
  export function __wbg_set_wasm(exports: object): void;
  /** Prepares the instance for the functions below. */
  export function prepare(): void;
  /** Starts the tracker of this page load and listens. Returns whether the site is valid. */
  export function start(boot: object, attempt: number): boolean;
  /** Takes in what the page has queued. */
  export function drain(): void;
  /** Takes in that the page was shown, hidden or left. */
  export function shown(event: Event): void;
}
