//! The conformance corpus as Wasm: the model built with the same profile and flags as for the page.
//!
//! `cargo xtask test --only corpus` builds this and runs every journey of `tests/journeys` in Chromium.

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// The canonical JSON of a corpus file.
///
/// # Errors
///
/// Fails if a line of the file is not a valid corpus line.
#[wasm_bindgen]
pub fn run(jsonl: &str) -> Result<String, JsError> {
    wayside_testkit::conformance::try_run(jsonl).map_err(|error| JsError::new(&error))
}
