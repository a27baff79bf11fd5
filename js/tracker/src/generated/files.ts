// Written by `cargo xtask types` from `crates/model/src/sdk.rs`. Do not edit.

/** The files of the SDK by name. An enum, so that the build inlines the names. */
export const enum File {
  bootstrap = 'wayside.js',
  glue = 'wayside-glue.js',
  wasm = 'wayside.wasm',
  alone = 'wayside-alone.js',
  rules = 'wayside-rules.js',
}
