//! The one Wasm crate.
