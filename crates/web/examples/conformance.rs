//! The conformance corpus as Wasm: the model as the page has it, built with the same profile and flags.
//!
//! `cargo xtask test --only corpus` builds this and runs every journey of `tests/journeys` in Chromium.

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Canonical JSON of a corpus file, or what is wrong with the file.
#[wasm_bindgen]
pub fn run(jsonl: &str) -> Result<String, JsError> {
    wayside_testkit::conformance::try_run(jsonl).map_err(|error| JsError::new(&error))
}
