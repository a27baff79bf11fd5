// Types of build/glue.js, which `cargo xtask wasm` writes.

declare module '*/build/glue.js' {
  /** Creates a new instance from an address, a response, bytes or a compiled module, or a promise of one of these. */
  export function load(source: unknown): Promise<void>;
  /** Passes a message to the Wasm and returns its effects encoded as in `value.ts`: `Done`, or nothing before a start. */
  export function take(kind: number, time: number, payload: Uint8Array): Uint8Array;
  /** The memory of the instance. It is valid until the next call, because memory can grow. */
  export function memory(): Uint8Array;
}
