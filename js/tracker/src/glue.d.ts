// What `cargo xtask wasm` writes to build/glue.js.

declare module '*/build/glue.js' {
  /** Makes a new instance from an address, a response, bytes or a compiled module, or a promise of one. */
  export function load(source: unknown): Promise<void>;
  /** Hands over what happened, and gives what there is to do, as `value.ts` has it: `Done`, or nothing before a start. */
  export function take(kind: number, time: number, payload: Uint8Array): Uint8Array;
  /** All that the instance knows, until it is called again: memory grows. */
  export function memory(): Uint8Array;
}
